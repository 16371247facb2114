import gc

enabled = []

def told(phase, info):
    if phase == "start":
        enabled.append(gc.isenabled())

gc.collect()
gc.callbacks.append(told)
gc.set_threshold(1)
keep = [[], [], [], []]                 # schedules a collection, which waits for the end of a call
gc.disable()
print(enabled)                          # [False]
