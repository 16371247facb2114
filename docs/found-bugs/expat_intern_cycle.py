# An expat parser does not show the collector its dictionary of interned names.
import gc
import sys
from xml.parsers import expat

witness = [1]
parser = expat.ParserCreate()
parser.intern["k"] = [parser, witness]
del parser
gc.collect()
print(sys.getrefcount(witness))  # 2 is right: nothing else holds it
