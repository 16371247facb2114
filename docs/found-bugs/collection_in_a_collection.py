# There is no way to show this in Python code alone: what is scheduled before gc.collect() runs when the first Python
# function is entered, and that is before the function allocates anything. Run the trace instead:
#
#     cyclecheck conform --promises corpus/found/collection_in_a_collection.trace --python python3.12
