"""MXNet 1.9.1 on today's machines: import it before MXNet.

It sets up this process so that MXNet is fast in it, and gives MXNet what it misses on today's
Python and NumPy. Where MXNet cannot work, its import fails with a message in plain words.
`python -m mxnet_today` reports what it found and what to do about it.
"""

from mxnet_today import cpu, importing

cpu.prepare()
importing.stand_before_mxnet()
