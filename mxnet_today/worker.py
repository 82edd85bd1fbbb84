"""One process of a training on several: `python -m mxnet_today.worker script.py`; see launch.py.

What it is, a scheduler, a server or a worker, MXNet reads from the environment. Only a worker runs
the script: in the other two `import mxnet` does their work and then ends the process.
"""

import os
import runpy
import sys
import threading
import time
import traceback


def main(command):
    """Be what DMLC_ROLE says, and end when the process that started this one does."""
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    if os.environ["DMLC_ROLE"] != "worker":
        import mxnet  # noqa: F401
    sys.stdout.reconfigure(line_buffering=True)  # a line of one worker stays a line
    sys.argv = command
    sys.path[0] = os.path.dirname(os.path.abspath(command[0]))  # as if Python had been given it
    try:
        runpy.run_path(command[0], run_name="__main__")
    except SystemExit as end:
        if end.code:
            _leave(end.code if isinstance(end.code, int) else 1)
    except BaseException:
        traceback.print_exc()
        _leave(1)


def _leave(code):
    """End at once: on its way out, MXNet would wait for the other workers to end as well."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _end_with(parent):
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
