"""MXNet 1.9.1 on today's machines: import it before MXNet.

It sets up this process so that MXNet is fast in it, and has MXNet find what it misses on today's
Python and NumPy. What cannot work is said, in plain words, where MXNet is imported.
`python -m mxnet_today` reports what it found and what to do about it.
"""

from mxnet_today import cpu, importing

cpu.prepare()
importing.stand_before_mxnet()
