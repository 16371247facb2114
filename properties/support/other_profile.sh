#!/bin/sh
# A subject of python2.7, which no test asks for anything.
printf 'cyclecheck-subject 1\nname other\nversion 1\nprofile python2.7\nready\n'
cat >/dev/null
