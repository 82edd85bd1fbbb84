"""One of several processes that train: `python -m mxnet_today.worker script.py`, see launch.py.

MXNet reads from the environment whether this is a scheduler, a server or a worker. Only a worker
runs the script: in the other two `import mxnet` does their work and then ends the process.
"""

import atexit
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
        import mxnet  # in a scheduler or server this does not return
    atexit.register(_leave, 0)  # registered first, it is called last
    # A line that one worker prints stays in one piece, also where PYTHONUNBUFFERED is set.
    sys.stdout.reconfigure(line_buffering=True, write_through=False)
    sys.argv = command
    sys.path[0] = os.path.dirname(os.path.abspath(command[0]))  # as if Python had been given it
    try:
        import mxnet

        # A store that Python frees waits for all the others to free theirs, which they may never.
        del mxnet.kvstore.KVStore.__del__
        _run(command[0])
        mxnet.nd.waitall()  # others may need what is still on its way to the servers
    except BaseException:
        traceback.print_exc()
        _leave(1)


def _run(script):
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as end:
        if end.code:
            _leave(end.code)


def _leave(code):
    """End at once.

    On its way out MXNet would wait for the other workers and for the servers, for ever if one of
    them does not answer. And Python frees a store in a reference cycle, such as a trainer's, late
    or never: MXNet's threads for it, which are still there then, abort the process on Python 3.11
    and keep it from ending on 3.13. The launcher ends the servers.

    Args:
        code: of `sys.exit`, which prints what is no number.
    """
    try:
        if not isinstance(code, int):
            print(code, file=sys.stderr)
        sys.stdout.flush()
        sys.stderr.flush()
    finally:  # also where nobody reads these streams any more
        os._exit(code if isinstance(code, int) else 1)


def _end_with(parent):
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
