# The course in a container, for x86-64 and 64-bit Arm (Apple silicon): Windows, macOS, Chromebooks.
#
#   docker build -t alexnet-course .
#   docker run --init -it --rm -p 127.0.0.1:8888:8888 alexnet-course
#
# prints the address, with its token, to open in a browser. It needs no network. The working copies
# of the lessons are deleted with the container. This keeps them, in a volume named `alexnet`, and a
# newer image puts changed lessons beside them:
#
#   docker run --init -it --rm -p 127.0.0.1:8888:8888 \
#       -v alexnet:/home/student/course/work alexnet-course

# Debian 13 has Python 3.13 and therefore today's stack of packages. Debian 12 has Python 3.11 and
# would get the classic stack. But Debian 12 is in long-term support and the packages of 2023 get no
# fixes, while an image is used for years, also on hubs.
FROM debian:13-slim AS machine
# MXNet's wheel for Arm needs other system libraries: see mxnet_today/libraries.py.
RUN apt-get update \
    && case $(dpkg --print-architecture) in \
        arm64) libraries="libgomp1 libopenblas0-pthread liblapacke" ;; \
        *) libraries="libgomp1 libquadmath0" ;; \
    esac \
    && apt-get install --yes --no-install-recommends make python3 python3-venv $libraries \
    && rm -rf /var/lib/apt/lists/*
# Nobody here changes users or passwords, so no program needs the rights of its owner.
RUN find / -xdev -type f -perm /6000 -exec chmod a-s {} + \
    && useradd --create-home --uid 1000 --shell /bin/bash student
# JupyterLab listens on all addresses of the container and opens no browser. Its token stays on.
RUN mkdir /etc/jupyter \
    && echo '{"ServerApp": {"ip": "0.0.0.0", "open_browser": false}}' \
        > /etc/jupyter/jupyter_server_config.json
ENV JUPYTER_CONFIG_PATH=/etc/jupyter LANG=C.UTF-8

# For .devcontainer: without the course, since the editor brings its own clone.
FROM machine AS devcontainer
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates git openssh-client procps \
    && rm -rf /var/lib/apt/lists/*

# What a lesson runs may read the course and its packages, and write in work/, build/ and
# data/weights/ alone: all else here is root's.
FROM machine
WORKDIR /home/student/course
# The packages are installed before the lessons are copied, so that a changed lesson does not cause
# another installation. Of the course's own packages it needs only an empty __init__.py.
COPY LICENSE pyproject.toml requirements.lock ./
COPY tools/find-pythons tools/make-venv tools/
COPY mxnet_today/libraries.py mxnet_today/
RUN mkdir d2l_helpers \
    && touch d2l_helpers/__init__.py mxnet_today/__init__.py \
    && PIP_NO_CACHE_DIR=1 tools/make-venv
COPY . .
# Readable also where the copied files are not, for a strict umask; and compiled, since a student
# cannot write __pycache__ here.
RUN find . -path ./.venv -prune -o ! -perm -o=r -exec chmod go+rX {} + \
    && .venv/bin/python -m compileall -qq d2l_helpers mxnet_today \
    && install -d -o student -g student work build data/weights
USER student
# A hub starts JupyterLab itself, without `make lab`, so the working copies must be there. A new
# volume gets them, with their owner.
RUN .venv/bin/python tools/working_copies.py work
# Fails here if MXNet cannot be imported; also makes Matplotlib's font cache.
RUN cd notebooks && ../.venv/bin/python -c 'import d2l_helpers, matplotlib.pyplot'

ENV PATH=/home/student/course/.venv/bin:$PATH
EXPOSE 8888
CMD ["make", "lab"]
