# A cycle through a function, an aggregate or a collation that a connection was given is never collected.
import gc
import sqlite3
import weakref


class Call(object):
    def __call__(self, *arguments):
        pass


def is_collected(register):
    connection = sqlite3.connect(":memory:")
    call = Call()
    call.held = connection
    register(connection, call)
    witness = weakref.ref(call)
    del connection, call
    gc.collect()
    return witness() is None


# True is right each time.
print("function %s" % is_collected(lambda connection, call: connection.create_function("f", 1, call)))
print("aggregate %s" % is_collected(lambda connection, call: connection.create_aggregate("f", 1, call)))
print("collation %s" % is_collected(lambda connection, call: connection.create_collation("f", call)))
print("row factory %s" % is_collected(lambda connection, call: setattr(connection, "row_factory", call)))
