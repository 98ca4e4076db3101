MOST=2000
def faults(*a): return 0
