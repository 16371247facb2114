<?php
// A destructor that runs in a collection brings an object back through a weak reference: PHP frees it all the same.
final class Rescuer
{
    public function __destruct() { $GLOBALS['saved'] = $GLOBALS['weak']->get(); }
}

$cycle = new stdClass;
$cycle->self = $cycle;
$cycle->rescuer = new Rescuer;
$weak = WeakReference::create($cycle);
unset($cycle);
gc_collect_cycles();

// $saved is a variable that holds a freed object: the next objects get its number and its memory.
$others = [new stdClass, new stdClass];
foreach ($others as $other) {
    if (spl_object_id($other) === spl_object_id($saved)) echo "two objects are number ", spl_object_id($saved), "\n";
}
