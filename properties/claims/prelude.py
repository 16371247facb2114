from __future__ import print_function
import gc, os, sys, tempfile, weakref
class C(object): pass
class E: pass
class node(object):
    def __init__(self, name):
        def died(w):
            deaths.append("died " + name)
        watches.append(weakref.ref(self, died))
deaths = []; watches = []
def stderr_of(call):
    sys.stderr.flush(); saved = os.dup(2)
    with tempfile.TemporaryFile() as f:
        os.dup2(f.fileno(), 2); call(); os.dup2(saved, 2); f.seek(0)
        return len(f.read().splitlines())
def told():
    if deaths: print(", ".join(deaths))
