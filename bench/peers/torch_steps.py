"""Seconds of single updates in PyTorch. Usage: torch_steps.py JOB RESULT STEPS BATCH; the first step is not counted."""

import json
import sys
import time
from pathlib import Path

from job import load_images, read_job, split_of
from pytorch import Peer

job = read_job(sys.argv[1])
images, labels = load_images(job)
learner = Peer(job, images, labels).learners[job.arms[0].name]
learner.start(0)
batch = split_of(job, labels, 0)[0][: int(sys.argv[4])]
seconds = []
for _ in range(int(sys.argv[3]) + 1):
    start = time.perf_counter()
    learner.update(batch)
    seconds.append(time.perf_counter() - start)
Path(sys.argv[2]).write_text(json.dumps({"step": {"plain": seconds[1:]}}))
