<?php
// An SplFixedArray releases its items before its weak references: the destructor of an item gets the array that is being
// freed, and what it keeps is freed memory.
final class Looker
{
    function __destruct() { $GLOBALS['kept'] = $GLOBALS['weak']->get(); }
}
$array = new SplFixedArray(1);
$array[0] = new Looker;
$weak = WeakReference::create($array);
unset($array);
echo PHP_VERSION, ': ', isset($kept) ? 'a variable holds what is freed' : 'the reference answers null', "\n";
unset($kept);
for ($i = 0; $i < 100; ++$i) $others[] = new SplFixedArray($i);
