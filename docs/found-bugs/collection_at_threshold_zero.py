import gc

thresholds = []

def told(phase, info):
    if phase == "start":
        thresholds.append(gc.get_threshold()[0])

gc.collect()
gc.callbacks.append(told)
gc.set_threshold(1)
keep = [[], [], [], []]
gc.set_threshold(0)
print(thresholds)                       # [0]
