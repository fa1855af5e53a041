# SPDX-License-Identifier: GPL-3.0-or-later
"""A small reference program, which tests change in places."""
import platform
import sys
import threading
import time
import urllib.request


class Counter:
    value = 0


def count_sequential(tasks, increments):
    """One after the other."""
    counter = Counter()
    for _ in range(tasks):
        for _ in range(increments):
            counter.value += 1
    return counter.value


def in_threads(task, arguments):
    """Runs task(argument) for each in a thread of its own; their results."""
    results = [None] * len(arguments)

    def run(i):
        try:
            results[i] = task(arguments[i])
        except Exception as error:  # a thread's exception ends with it
            results[i] = error

    threads = [threading.Thread(target=run, args=(i,))
               for i in range(len(arguments))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        if isinstance(result, Exception):
            raise result
    return results


def count_threads(tasks, increments):
    """Nothing guards the counter."""
    counter = Counter()

    def task(_):
        for _ in range(increments):
            counter.value += 1

    in_threads(task, range(tasks))
    return counter.value


def count_threads_lock(tasks, increments):
    counter = Counter()
    lock = threading.Lock()

    def task(_):
        for _ in range(increments):
            with lock:
                counter.value += 1

    in_threads(task, range(tasks))
    return counter.value


def number_of(url):
    """The number of a page: the last word of its body."""
    with urllib.request.urlopen(url) as answer:
        return int(answer.read().rsplit(None, 1)[-1])


def download_sequential(urls):
    return sum(map(number_of, urls))


def download_threads(urls):
    return sum(in_threads(number_of, urls))


COUNTERS = {
    "sequential": count_sequential,
    "threads": count_threads,
    "threads-lock": count_threads_lock,
}
MAY_LOSE = {"threads"}
DOWNLOADS = {
    "sequential": download_sequential,
    "threads": download_threads,
}


def offers():
    for model in COUNTERS:
        yield "counter/%s:%s" % (
            model, "may-lose" if model in MAY_LOSE else "exact")
    for model in DOWNLOADS:
        yield "download/%s:exact" % model


def serve(workload, model, n, m, repetitions, url):
    """The fields of the result."""
    if workload == "counter":
        count = COUNTERS[model]
        return [count(n, m) for _ in range(repetitions)]
    if workload == "download":
        download = DOWNLOADS[model]
        urls = [url + str(i) for i in range(n * repetitions)]
        return [sum(download(urls[i:i + n])
                    for i in range(0, len(urls), n))]
    raise ValueError("no such workload: " + workload)


def answer(line):
    request, *rest = line.rstrip("\n").split("\t")
    try:
        workload, model, *numbers, url = rest
        n, m, repetitions = map(int, numbers)
        begin = time.monotonic_ns()
        result = serve(workload, model, n, m, repetitions, url)
        elapsed = time.monotonic_ns() - begin
        return [request, "OK", elapsed, *result]
    except Exception as error:  # whatever it is, the harness is told
        text = "%s: %s" % (type(error).__name__, error)
        return [request, "ERR", " ".join(text.split())]


def main():
    print("READY", 1, "Python " + platform.python_version(),
          ",".join(offers()), sep="\t", flush=True)
    for line in sys.stdin:
        print(*answer(line), sep="\t", flush=True)


if __name__ == "__main__":
    main()
