"""The worker process: plans events, delivers tasks, sweeps up. `python -m workers`."""
