# The death of nested arrays of objects ends the interpreter: array_dealloc has no trashcan.
import numpy

made = None
for i in range(100000):
    outer = numpy.empty(1, dtype=object)
    outer[0] = made
    made = outer
del outer
del made
print("no crash")
