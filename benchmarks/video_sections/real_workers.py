"""How much faster two processes parse clips than one."""

from multiprocessing import get_context
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from time import perf_counter


def seconds(clips: list[Path], *, workers: int) -> float:
    """From the moment that all workers have loaded their models to the end of the last clip."""
    context = get_context("spawn")
    barrier, jobs = context.Barrier(workers + 1), context.Queue()
    for clip in clips:
        jobs.put(str(clip))
    for _ in range(workers):
        jobs.put("")
    processes = [context.Process(target=_work, args=(jobs, barrier, str(clips[0]))) for _ in range(workers)]
    for process in processes:
        process.start()
    barrier.wait()
    start = perf_counter()
    for process in processes:
        process.join()
        if process.exitcode:
            raise RuntimeError(f"a worker ended with {process.exitcode}")
    return perf_counter() - start


def _work(jobs: "Queue[str]", barrier: Barrier, first: str) -> None:
    import cv2
    import torch

    from finsta.video import container
    from finsta.video.detectors import open_detector
    from finsta.video.parse import parse_video

    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    container.DECODER_THREADS = 1
    detector = open_detector("nanodet")
    parse_video(first, detector=detector, decode_ahead=False)  # libraries load
    barrier.wait()
    while clip := jobs.get():
        parse_video(clip, detector=detector, frames_per_second=4.0, decode_ahead=False)
