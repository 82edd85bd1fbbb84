import sys

from mxnet_today import doctor

sys.exit(doctor.main())
