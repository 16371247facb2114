<?php
// The kit for PHP: whatever a subject with a contract is made of but the objects themselves. It reads requests
// (docs/subject-protocol.md), runs the operations of a trace (docs/memory-model.md, rules N1 to N15, and
// docs/contracts.md, section 2), and writes the log. An adapter extends Machine.

// What is known of an object, also when it is dead.
final class Meta
{
    public $name, $serial, $kind, $script;
    public $dead = false, $scriptRan = false, $proxy = false;
    // Where the object is, as long as it is there: a WeakReference, which PHP has since 7.4.
    public $place;
    // For the adapter.
    public $watch;

    public function label() { return "n{$this->name}" . ($this->serial ? "#{$this->serial}" : ''); }
}

// Every object of the trace has its Meta in $meta. The machine holds objects in variables of PHP, so that a reference
// is given back when a variable loses it.
abstract class Machine
{
    // Makes an object of the kind; $meta->script is an array if it has a finalizer.
    abstract protected function create($meta);
    // A weak reference to the object, and what it answers.
    abstract protected function refer($meta, $referent);
    abstract protected function answer($weak);
    abstract protected function size($object);
    abstract protected function get($object, $slot);
    abstract protected function set($object, $slot, $valueOrNull);
    abstract protected function push($object, $value);
    abstract protected function erase($object, $slot);
    abstract protected function clear($object);
    abstract protected function items($object);
    abstract protected function collect();
    // Maps of ephemerons, for subjects that have them: a key is mapped to a value as long as it lives.
    protected function mapTo($map, $key, $value) {}
    protected function mapped($map, $key) { return null; }
    // Tells of deaths that nobody has told of; called before anything else is logged, and behind each operation.
    protected function seeDeaths() {}
    // An empty heap, and its end.
    protected function begin() {}
    protected function end() {}

    private $name, $version, $contract, $without, $quiet = 1;
    private $globals, $scopes, $labels, $events, $scripts, $isOver = true;

    public function __construct($name, $version, $contract, $without = '')
    {
        [$this->name, $this->version, $this->contract, $this->without] = [$name, $version, $contract, $without];
        if (preg_match('/collections=(\d)/', $contract, $found)) $this->quiet = (int)$found[1];
    }

    // --- What the adapter tells ---

    public function died($meta)
    {
        if ($this->isOver) return;
        $meta->dead = true;
        $this->events[] = 'died ' . $meta->label();
    }

    public function finalizer($object) { $this->activate('finalizer', $object); }
    public function callback($weak) { $this->activate('callback', $weak); }

    private function activate($event, $self)
    {
        $meta = $self->meta;
        if ($this->isOver) return;
        $this->log("$event " . $meta->label());
        if ($meta->scriptRan) return;
        $meta->scriptRan = true;
        ++$this->scripts;
        foreach ($meta->script as $op) {
            if ($op['word'] === 'raise') {
                $this->log('raised ' . $meta->label());
                break;
            }
            $this->run($op, $self);
            $this->step();
        }
        --$this->scripts;
    }

    private function log($event)
    {
        $this->seeDeaths();
        $this->events[] = $event;
    }
    private function step() { $this->log('step'); }

    // --- Objects and variables ---

    private function make($name, $kind, $script = null, $referent = null)
    {
        $meta = new Meta;
        [$meta->name, $meta->kind, $meta->script] = [$name, $kind, $script];
        $object = $referent ? $this->refer($meta, $referent) : $this->create($meta);
        $meta->serial = count($this->labels[$name] ?? []);
        $this->labels[$name][] = $meta;
        if (class_exists('WeakReference')) $meta->place = WeakReference::create($object);
        $this->seeDeaths();
        if ($this->events) $this->log('made ' . $meta->label());
        return $object;
    }

    private function lookUp($name)
    {
        if (!$this->scripts && $this->scopes) {
            $local = end($this->scopes)[$name] ?? null;
            if ($local) return $local;
        }
        return $this->globals[$name] ?? null;
    }

    private function labelled($meta) { return $meta->place ? $meta->place->get() : null; }

    private function find($operand, $self)
    {
        [$kind, $name, $slot] = $operand;
        if ($kind === 'self') $found = $self;
        elseif ($kind !== 'label') $found = $this->lookUp($name);
        else $found = isset($this->labels[$name]) ? $this->labelled(end($this->labels[$name])) : null;
        if (!$found || $found->meta->dead || $slot === null) return $found && !$found->meta->dead ? $found : null;
        if ($found->meta->kind === 'weak' || $found->meta->kind === 'map' || $slot >= $this->size($found)) return null;
        $found = $this->get($found, $slot);
        return $found && !$found->meta->dead ? $found : null;
    }

    private function bindGlobally($name, $value)
    {
        $old = $this->globals[$name] ?? null;
        $this->globals[$name] = $value;
    }

    private function bind($name, $value)
    {
        if ($this->scripts || !$this->scopes) {
            if ($value || array_key_exists($name, $this->globals)) $this->bindGlobally($name, $value);
            return;
        }
        $top = count($this->scopes) - 1;
        $old = $this->scopes[$top][$name] ?? null;
        if ($value || array_key_exists($name, $this->scopes[$top])) $this->scopes[$top][$name] = $value;
    }

    public static function hasAttributes($object) { return in_array($object->meta->kind, ['instance', 'dict'], true); }

    // --- Operations ---

    private function run($op, $self)
    {
        $x = $op['x'];
        switch ($op['word']) {
            case 'new':
                $kind = $op['kind'] === 'classic' ? 'instance' : $op['kind'];
                $script = $kind === 'node' || $kind === 'instance' ? $op['script'] : null;
                $this->bind($x, $this->make($x, $kind, $script));
                break;
            case 'bulk':
                $into = $this->lookUp($x);
                if (!$into || $into->meta->dead || $into->meta->kind !== 'node') return;
                for ($i = 0; $i < $op['n']; ++$i) $this->push($into, $this->make($x, 'node'));
                break;
            case 'let':
                if ($a = $this->find($op['a'], $self)) $this->bind($x, $a);
                break;
            case 'root':
                $a = $this->find($op['a'], $self);
                if ($a && $a->meta->kind !== 'weak') $this->bindGlobally($a->meta->name, $a);
                break;
            case 'drop':
                $top = count($this->scopes) - 1;
                if (!$this->scripts && $top >= 0 && isset($this->scopes[$top][$x])) $this->scopes[$top][$x] = null;
                elseif (isset($this->globals[$x])) $this->globals[$x] = null;
                break;
            case 'append': case 'remove': case 'store': case 'erase': case 'clear':
                $this->mutate($op, $self);
                break;
            case 'tuple':
                $a = $this->find($op['a'], $self);
                if (!$a || in_array($a->meta->kind, ['weak', 'map'], true)) return;
                if (self::hasAttributes($a) || !$this->size($a)) return;
                $this->bind($x, $this->make($x, 'tuple', $this->items($a)));
                break;
            case 'call':
                if ($this->scripts || count($this->scopes) === 64) return;
                // Names are numbers; the arguments come first.
                $this->scopes[] = ['a' => $this->find($op['a'], $self), 'b' => $this->find($op['b'], $self)];
                break;
            case 'return':
                if (!$this->scripts && $this->scopes) $this->leave();
                break;
            case 'weakref': case 'subref': case 'proxy':
                $a = $this->find($op['a'], $self);
                if (!$a || ($a->meta->kind !== 'node' && $a->meta->kind !== 'instance')) return;
                $weak = $this->make($x, 'weak', $op['script'], $a);
                $weak->meta->proxy = $op['word'] === 'proxy';
                $this->bind($x, $weak);
                break;
            case 'deref': case 'use':
                $weak = $this->find($op['a'], $self);
                if (!$weak || $weak->meta->kind !== 'weak' || ($op['word'] === 'use' && !$weak->meta->proxy)) return;
                $found = $this->answer($weak);
                if ($op['word'] === 'use') return $this->log($found ? 'used 1' : 'used 0');
                $this->log('deref ' . ($found ? $found->meta->label() : 'None'));
                $this->bind($x, $found);
                break;
            case 'weakmap':
                $this->bind($x, $this->make($x, 'map'));
                break;
            case 'mapset': case 'mapget':
                $map = $this->find($op['a'], $self);
                $key = $this->find($op['b'], $self);
                if (!$map || !$key || $map->meta->kind !== 'map') return;
                if ($key->meta->kind !== 'node' && $key->meta->kind !== 'instance') return;
                if ($op['word'] === 'mapset') {
                    $value = $this->find($op['c'], $self);
                    if ($value) $this->mapTo($map, $key, $value);
                    return;
                }
                $value = $this->mapped($map, $key);
                $this->log('deref ' . ($value ? $value->meta->label() : 'None'));
                $this->bind($x, $value);
                break;
            case 'collect':
                if ($op['n'] > 2) return $this->log('error 0');
                $this->log("collect {$op['n']}");
                $this->collect();
                $this->log('returned 0');
                break;
            case 'shutdown':
                if (!$this->scripts) $this->shutDown();
        }
    }

    private function mutate($op, $self)
    {
        $word = $op['word'];
        $a = $this->find($op['a'], $self);
        if (!$a || in_array($a->meta->kind, ['weak', 'map', 'tuple'], true)) return;
        $b = null;
        if (in_array($word, ['append', 'remove', 'store'], true) && !($b = $this->find($op['b'], $self))) return;
        if ($word === 'append') {
            if (!self::hasAttributes($a)) return $this->push($a, $b);
            for ($i = 0; $i < 16; ++$i) if (!$this->get($a, $i)) return $this->set($a, $i, $b);
        } elseif ($word === 'store') {
            if ($op['n'] < $this->size($a)) $this->set($a, $op['n'], $b);
        } elseif ($word === 'erase') {
            if ($op['n'] < $this->size($a)) $this->unsetSlot($a, $op['n']);
        } elseif ($word === 'remove') {
            for ($i = 0; $i < $this->size($a); ++$i) if ($this->get($a, $i) === $b) return $this->unsetSlot($a, $i);
        } elseif (self::hasAttributes($a)) {
            for ($i = 0; $i < 16; ++$i) {
                if (!$this->get($a, $i)) continue;
                $this->set($a, $i, null);
                $this->step();
            }
        } else {
            $this->clear($a);
        }
    }

    private function unsetSlot($a, $slot)
    {
        self::hasAttributes($a) ? $this->set($a, $slot, null) : $this->erase($a, $slot);
    }

    private function leave()
    {
        $scope = array_pop($this->scopes);
        foreach (array_keys($scope) as $name) {
            if (!$scope[$name]) continue;
            $scope[$name] = null;
            $this->step();
        }
    }

    private function shutDown()
    {
        while ($this->scopes) $this->leave();
        $this->collect();
        $this->step();
        $quiet = 0;
        for ($round = 0; $round < 64 && $quiet < $this->quiet; ++$round) {
            $before = count($this->events);
            $steps = 0;
            for ($i = 0; $i < count($this->globals); ++$i) {
                $name = array_keys($this->globals)[$i];
                if (!isset($this->globals[$name])) continue;
                $this->globals[$name] = null;
                $this->step();
                ++$steps;
            }
            $this->collect();
            $this->step();
            // No variable of this function may hold an object.
            $happened = count($this->events) - $before > $steps + 1 || array_filter($this->globals);
            $quiet = $happened ? 0 : $quiet + 1;
        }
        foreach ($this->labels as $labelled) {
            foreach ($labelled as $meta) {
                if (!$meta->dead && $meta->kind !== 'weak') $this->log('leaked ' . $meta->label());
            }
        }
    }

    // --- The protocol ---

    private function run_trace($lines)
    {
        [$this->globals, $this->scopes, $this->labels, $this->events, $this->scripts] = [[], [], [], [], 0];
        $this->isOver = false;
        $this->begin();
        $text = "log\n";
        $index = 0;
        $isShutDown = false;
        foreach ($lines as $line) {
            if (preg_match('/^(run|cyclecheck-trace|profile|threshold|disabled|free_lists_filled)\b/', $line)) continue;
            $op = (new Parser($line))->operation();
            if (!$isShutDown) $this->run($op, null);
            if (!$isShutDown) $this->seeDeaths();
            if ($op['word'] === 'shutdown') $isShutDown = true;
            if ($this->events) $text .= "$index:\n " . implode("\n ", $this->events) . "\n";
            $this->events = [];
            ++$index;
        }
        $this->isOver = true;
        [$this->globals, $this->scopes] = [[], []];
        $this->end();
        return $text . "end $index\n";
    }

    public function serve()
    {
        echo "cyclecheck-subject 2\nname {$this->name}\nversion {$this->version}\ncontract {$this->contract}\n",
            $this->without ? "without {$this->without}\n" : '',
            'operations new bulk let root drop append remove store erase clear call return safepoint weakref subref ',
            "proxy deref use collect enable disable set_threshold tuple shutdown raise",
            preg_match('/ephemerons=(leaky|collected)/', $this->contract) ? ' weakmap mapset mapget' : '', "\nready\n";
        $lines = [];
        while (($line = fgets(STDIN)) !== false) {
            $line = rtrim($line, "\r\n");
            if ($line !== 'end') {
                $lines[] = $line;
                continue;
            }
            echo $this->run_trace($lines);
            $lines = [];
        }
    }
}

// One line of a trace. Traces come from CycleCheck and are valid.
final class Parser
{
    private $words, $at = 0;

    public function __construct($line)
    {
        preg_match_all('/[A-Za-z0-9_]+|[@\[\]{}=;]/', $line, $found);
        $this->words = $found[0];
    }

    private function peek() { return $this->words[$this->at] ?? null; }
    private function next() { return $this->words[$this->at++] ?? null; }
    private function name() { return (int)substr($this->next(), 1); }

    private function operand()
    {
        $kind = $this->peek() === '@' ? 'label' : 'variable';
        if ($kind === 'label') $this->next();
        $word = $this->next();
        if ($word === 'self') $kind = 'self';
        $slot = null;
        if ($this->peek() === '[') {
            $this->next();
            $slot = (int)$this->next();
            $this->next();
        }
        return [$kind, (int)substr($word, 1), $slot];
    }

    private function script()
    {
        if (!in_array($this->peek(), ['del', 'legacy', 'cb'], true)) return null;
        $this->at += 3;
        $script = [];
        while ($this->peek() !== '}') {
            $script[] = $this->operation();
            if ($this->peek() === ';') $this->next();
        }
        $this->next();
        return $script;
    }

    public function operation()
    {
        $op = ['word' => $this->next(), 'x' => null, 'a' => null, 'b' => null, 'c' => null, 'n' => 0];
        $op += ['kind' => null, 'script' => null];
        switch ($op['word']) {
            case 'new': $op['x'] = $this->name(); $op['kind'] = $this->next(); $op['script'] = $this->script(); break;
            case 'bulk': $op['x'] = $this->name(); $op['n'] = (int)$this->next(); break;
            case 'let': case 'deref': case 'tuple': $op['x'] = $this->name(); $op['a'] = $this->operand(); break;
            case 'drop': case 'weakmap': $op['x'] = $this->name(); break;
            case 'mapset': $op['a'] = $this->operand(); $op['b'] = $this->operand(); $op['c'] = $this->operand(); break;
            case 'mapget': $op['x'] = $this->name(); $op['a'] = $this->operand(); $op['b'] = $this->operand(); break;
            case 'root': case 'clear': case 'use': $op['a'] = $this->operand(); break;
            case 'append': case 'remove': case 'call': $op['a'] = $this->operand(); $op['b'] = $this->operand(); break;
            case 'store':
                $op['a'] = $this->operand();
                $op['n'] = (int)$this->next();
                $op['b'] = $this->operand();
                break;
            case 'erase': $op['a'] = $this->operand(); $op['n'] = (int)$this->next(); break;
            case 'weakref': case 'subref': case 'proxy':
                $op['x'] = $this->name();
                $op['a'] = $this->operand();
                $op['script'] = $this->script();
                break;
            case 'collect': $op['n'] = (int)$this->next(); break;
            default:
                // Nothing that the machine does.
                while (!in_array($this->peek(), [null, ';', '}'], true)) $this->next();
        }
        return $op;
    }
}
