<?php
// PHP's own objects and its gc_collect_cycles(). PHP 7.2 and later.
//
// A node keeps its slots in an array, an instance in properties that it gets as it goes, a list in an ArrayObject, a
// dict in an SplFixedArray, a tuple in what a closure captured. A death is seen by a WeakMap whose only key is the
// object: it is empty then, and asking for its size touches no count. (A token that the object holds would not do: a
// collection calls its destructor while the object may still be brought back. From 8.3 on so would a WeakMap's value.)
// 7.4 has no WeakMap: there a WeakReference is asked. Before it there is none: the object holds a stream, which is closed
// when its memory goes.
require __DIR__ . '/../kit/kit.php';

error_reporting(E_ALL & ~E_DEPRECATED);
// The root buffer is never full here; who wants collections that nobody asked for lets it fill.
gc_disable();

const HAS_MAPS = PHP_VERSION_ID >= 80000;
const HAS_REFERENCES = PHP_VERSION_ID >= 70400;

final class Death
{
    public $context;
    public static $next;
    private $meta;
    public function stream_open() { [$this->meta, self::$next] = [self::$next, null]; return true; }
    public function stream_close() { Subject::$one->died($this->meta); }
}
stream_wrapper_register('death', 'Death');

class Node { public $meta, $watch, $slots = []; }
final class FinalizedNode extends Node { public function __destruct() { Subject::$one->finalizer($this); } }
#[AllowDynamicProperties]
class Instance { public $meta, $watch; }
#[AllowDynamicProperties]
final class FinalizedInstance extends Instance
{
    public function __destruct() { Subject::$one->finalizer($this); }
}
final class Row extends ArrayObject { public $meta, $watch; }
final class Fixed extends SplFixedArray { public $meta, $watch; }
final class Tuple { public $meta, $watch, $items; }
final class Weak { public $meta, $reference; }
final class Map { public $meta, $map; }

final class Subject extends Machine
{
    public static $one;
    private $all, $living;

    protected function begin() { [$this->all, $this->living] = [HAS_MAPS ? new WeakMap : null, []]; }
    protected function end()
    {
        [$this->all, $this->living] = [null, []];
        for ($i = 0; $i < 3; ++$i) gc_collect_cycles();
    }

    private function watch($object, $meta)
    {
        $object->meta = $meta;
        if (!HAS_REFERENCES) {
            Death::$next = $meta;
            $object->watch = fopen('death://', 'r');
            return $object;
        }
        if (HAS_MAPS) {
            $this->all[$object] = true;
            $meta->watch = new WeakMap;
            $meta->watch[$object] = true;
        } else {
            $meta->watch = WeakReference::create($object);
        }
        $this->living[] = $meta;
        return $object;
    }
    protected function seeDeaths()
    {
        if (HAS_MAPS && count($this->all) === count($this->living)) return;
        foreach ($this->living as $i => $meta) {
            if (HAS_MAPS ? count($meta->watch) : $meta->watch->get()) continue;
            unset($this->living[$i]);
            $this->died($meta);
        }
    }

    protected function create($meta)
    {
        $hasFinalizer = $meta->script !== null;
        switch ($meta->kind) {
            case 'node': $object = $hasFinalizer ? new FinalizedNode : new Node; break;
            case 'instance': $object = $hasFinalizer ? new FinalizedInstance : new Instance; break;
            case 'list': $object = new Row; break;
            case 'dict': $object = new Fixed(16); break;
            case 'map': $object = new Map; $object->map = new WeakMap; break;
            default:
                $object = new Tuple;
                $items = $meta->script;
                $meta->script = null;
                $object->items = static function () use ($items) { return $items; };
        }
        return $this->watch($object, $meta);
    }

    protected function refer($meta, $referent)
    {
        $weak = new Weak;
        $weak->reference = WeakReference::create($referent);
        return $this->watch($weak, $meta);
    }
    protected function answer($weak) { return $weak->reference->get(); }

    protected function size($object)
    {
        if ($object instanceof Node) return count($object->slots);
        if ($object instanceof Row) return count($object);
        return $object instanceof Tuple ? count(($object->items)()) : 16;
    }
    protected function get($object, $slot)
    {
        if ($object instanceof Node) return $object->slots[$slot] ?? null;
        if ($object instanceof Row) return $slot < count($object) ? $object[$slot] : null;
        if ($object instanceof Tuple) return ($object->items)()[$slot] ?? null;
        return $object instanceof Fixed ? $object[$slot] : $object->{"a$slot"} ?? null;
    }
    protected function set($object, $slot, $value)
    {
        if ($object instanceof Node) $object->slots[$slot] = $value;
        elseif ($object instanceof Row || $object instanceof Fixed) $object[$slot] = $value;
        elseif ($value === null) unset($object->{"a$slot"});
        else $object->{"a$slot"} = $value;
    }
    protected function push($object, $value)
    {
        if ($object instanceof Node) $object->slots[] = $value;
        else $object[] = $value;
    }
    protected function erase($object, $slot)
    {
        // A copy: what array_splice() does when a destructor changes its array is php-2 of docs/found-bugs.md.
        $items = $this->items($object);
        array_splice($items, $slot, 1);
        if ($object instanceof Row) $object->exchangeArray($items);
        else $object->slots = $items;
    }
    protected function clear($object)
    {
        if ($object instanceof Row) {
            $object->exchangeArray([]);
            return;
        }
        $old = $object->slots;
        $object->slots = [];
    }
    protected function items($object)
    {
        if ($object instanceof Node) return $object->slots;
        return $object instanceof Row ? $object->getArrayCopy() : ($object->items)();
    }
    protected function mapTo($map, $key, $value) { $map->map[$key] = $value; }
    protected function mapped($map, $key) { return $map->map[$key] ?? null; }
    protected function collect() { gc_collect_cycles(); }
}

Subject::$one = new Subject('php', PHP_VERSION,
    'counts=prompt collections=1 finalizers=once weakrefs=death callbacks=never left=none '
    // Since 8.3 a value that reaches its key is no reason to keep it.
    . (PHP_VERSION_ID >= 80300 ? 'ephemerons=collected' : (HAS_MAPS ? 'ephemerons=leaky' : 'ephemerons=never')),
    HAS_REFERENCES ? 'opaque' : 'opaque labels weakrefs');
Subject::$one->serve();
