<?php
// An ArrayObject whose item is replaced, while the destructor of the old item exchanges the array: what is assigned
// gets a reference that nobody gives back, and stays for ever.
final class Eraser
{
    function __destruct() { $GLOBALS['box']->exchangeArray([]); }
}
$box = new ArrayObject([new Eraser]);
$value = new stdClass;
$weak = WeakReference::create($value);
$box[0] = $value;
unset($value, $GLOBALS['box']);
gc_collect_cycles();
echo PHP_VERSION, ': ', $weak->get() ? 'the value is there, and nothing refers to it' : 'the value is gone', "\n";
