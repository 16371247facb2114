<?php
// A destructor that array_splice() runs replaces the array that is being spliced.
final class Clears
{
    public function __destruct() { $GLOBALS['list'] = []; }
}

$list = [new Clears, new stdClass];
array_splice($list, 0, 1);
var_dump($list);
