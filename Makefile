# Thin on purpose: the scripts in tools/ do the work. Look here for the script behind a target.
#
# LESSON=05 or LESSON="05 06" chooses lessons for `run`, `refresh` and `slides`; without it: all.
# LESSON=clinic, for `refresh` and `answer-hashes`: the exercises that have no lesson.
# LESSON=05 for `check`: one lesson and its exercises. FILE=tests/test_data.py for `check-code`.
# GPU=1 installs the CUDA packages instead of the CPU ones.
# PYTHON=python3.13 is the interpreter for a new environment, a name or a path;
# VENV=build/venv-3.13 is the folder of that environment, inside this one.
# WORK=~/alexnet is the folder in which `lab` keeps the working copies of the lessons; OUTPUTS=1
# keeps the outputs in them. Both can also be set in the environment.
# FILE=~/x.pth is the file for `weights`.
# NET=build/alexnet_12000.checkpoint is the net for `playground`, a checkpoint; without it: its own.
# GRADES=~/grades is the folder in which `nbgrader` and `repair` find submissions and grades.
# BENCH="--rounds 2 --contenders d2l,ours" are options for `bench`.
# MUTANTS="--module loop --sample 20" are options for `test-mutants`.

VENV := .venv
PY := $(VENV)/bin/python
LOCK := $(if $(filter 1,$(GPU)),requirements-gpu.lock,requirements.lock)
# Not every shell expands ~ in an argument of make.
override WORK := $(patsubst ~/%,$(HOME)/%,$(or $(WORK),work))
override GRADES := $(patsubst ~/%,$(HOME)/%,$(or $(GRADES),build/nbgrader))
CODE := d2l_helpers mxnet_today benchmarks book experiments tests tools notebooks exercises
TOOLS := build/tools-venv/bin
CHECK := $(TOOLS)/check-jsonschema --builtin-schema
LYCHEE := $(TOOLS)/lychee --no-progress

# Two processes for pytest, which share the cores. Each takes whole files, in conftest.py's order.
# (--dist loadgroup would not: with pytest 9, pytest-xdist 3.8 passes over the groups.)
PYTEST = $(PY) -m pytest --durations=10
WORKERS := -n 2 --dist loadfile --no-loadscope-reorder
NOTEBOOKS = $(if $(LESSON),$(or $(strip $(foreach n,$(LESSON),$(wildcard notebooks/$n_*.ipynb \
    exercises/$n_*.ipynb))),$(error There is no lesson $(LESSON))),notebooks exercises)
# On a second stack these two lessons use the net that lesson 06 trained on the first one.
TRAINED := $(wildcard notebooks/0[79]_*.ipynb)

# Otherwise jupyter_core warns in every kernel that its folders are about to move.
export JUPYTER_PLATFORM_DIRS := 1
# A back end set outside would replace the notebooks' inline figures.
unexport MPLBACKEND

.PHONY: help venv doctor run book test check check-stack check-code check-lessons test-pythons \
    test-gpu-build lab refresh answer-hashes prose ranges student teacher nbgrader bench weights torch onnx \
    playground slides lint lock clean distclean

help:
	@echo 'Learn'
	@echo '  make lab      open working copies of the lessons, in work/, in JupyterLab (WORK=~/alexnet)'
	@echo '  make run      run all lessons into build/, or one: make run LESSON=05'
	@echo '  make book     a site to read and search: build/book/ (RUN=1: as make run ran it; PDF=1: only a PDF)'
	@echo '  make doctor   report what this machine has, and what is wrong'
	@echo 'Teach'
	@echo '  make student  the course without solutions: build/student/ (OUTPUTS=0: without outputs)'
	@echo '  make teacher  the book with solutions, rubrics and a page for each lesson: build/teacher/'
	@echo '  make slides   a deck per lesson, with speaker notes, to project: build/slides/ (npm, once)'
	@echo '  make nbgrader a course folder for nbgrader: build/nbgrader/ (GRADES=~/grades elsewhere)'
	@echo '  make repair   submissions with copied, moved or deleted cells, before nbgrader grades them'
	@echo 'More than the lessons need'
	@echo '  make weights FILE=x.pth   convert PyTorch weights: data/weights/x.safetensors'
	@echo '  make onnx     install the packages that write and run ONNX files (make torch: PyTorch)'
	@echo '  make playground   a trained net in a browser (npm, once; NET=x.checkpoint: yours)'
	@echo '  make bench    compare d2l, the course and PyTorch, about 20 minutes: results/bench-*.csv'
	@echo 'Maintain'
	@echo '  make test     lint, unit tests, and every cell of every lesson against its stored output'
	@echo '  make check LESSON=05                      one lesson and its exercises'
	@echo '  make check-code FILE=tests/test_data.py   one test file'
	@echo '  make refresh  run the lessons and store their outputs (LESSON=05: one of them)'
	@echo '  make answer-hashes   hash the answers of the exercises and of their variants (LESSON=05)'
	@echo '  make prose    numbers in the text that nothing proves (PROSE=--bind, --write or --measure)'
	@echo '  make ranges   run the lessons that compare results with other runs, and record this one'
	@echo '  make lint     ruff, spelling, and which module imports which'
	@echo '  make test-mutants    plant faults in the packages and list those that no test notices'
	@echo '  make lock     make the lock files from the requirements files'
	@echo '  make audit ADVISORIES=folder   licences and advisories of all packages: docs/packages.csv'
	@echo '  make release TAG=v1.0.0   the editions, packed, with checksums: build/release/'
	@echo '  make clean    remove build/, but for nbgrader'"'"'s folder, and caches (distclean: .venv too)'
	@echo 'Test elsewhere'
	@echo '  make test-pythons     the tests on each Python from 3.9 to 3.14 that is found'
	@echo '  make test-gpu-build   the CUDA build, on a machine without a GPU (downloads 2.3 GB)'
	@echo '  make test-hosted      the course in a hosted notebook (WHAT=gpu: with the CUDA build)'
	@echo '  make test-pages       the book, the slides and the playground in a browser (npm, Chromium)'
	@echo '  make test-torch       PyTorch and Keras beside Gluon (installs them; a C++ compiler)'
	@echo '  make test-grading     the exercises through nbgrader (installs it)'
	@echo '  make test-fresh       the README on a bare Debian (SUITE=forky WHAT=run LESSON=00; root)'
	@echo '  make test-kills       training runs, killed at many moments and resumed'
	@echo '  make test-interrupts  Ctrl-C and the stop button at many moments, and what is left'
	@echo '  make test-without-make  pip, nbconvert and plain pytest (installs anew)'
	@echo '  make test-links       links and anchors in what is built (test-addresses: to other sites)'
	@echo '  make test-metadata    CITATION.cff and .github/ against their schemas (installs a checker)'
	@echo 'With GPU=1 they use the CUDA build of MXNet.'

venv:
	@tools/make-venv $(LOCK) $(VENV)

run: venv
	@$(PY) tools/lessons.py run $(LESSON)

refresh: venv
	@$(PY) tools/lessons.py refresh $(LESSON)

# What dh.check knows: hashes of the answers, from the solutions in exercises/.
answer-hashes: venv
	@$(PY) tools/answer_hashes.py $(LESSON)
	@$(PY) tools/variants.py

# Numbers in prose, held to what is computed or to their sources in tests/prose/.
prose: venv
	@$(PY) tools/prose.py $(PROSE)

# What this machine gives, with which dh.seen compares: results/ranges.csv.
ranges: venv
	@$(PY) tools/ranges.py $(LESSON)

# The course without solutions: build/student/ (OUTPUTS=0: the lessons without outputs).
student: venv
	@$(PY) tools/editions.py student $(if $(filter 0,$(OUTPUTS)),--no-outputs)

# The lessons, and all else there is to read, as one site (RUN=1: with the outputs of make run).
# PDF=1, for either: only the lessons, printed by Chromium.
book teacher: venv
	@PYTHONPATH=tools $(PY) book/make_book.py $(if $(filter 1,$(PDF)),print,$@) \
	    $(if $(filter 1,$(RUN)),--executed)

# A deck per lesson, with its stored outputs and the teacher's pages as notes: build/slides/.
slides: venv
	@PYTHONPATH=tools $(PY) -m book.slides $(LESSON)

nbgrader: venv
	@$(PY) tools/grading.py "$(GRADES)"

# Submissions that nbgrader could not grade as they are.
repair: venv
	@$(PY) tools/submissions.py "$(GRADES)"

doctor: venv
	@$(PY) tools/doctor.py

# In a container the user is often root, which JupyterLab otherwise refuses; its token stays on.
lab: venv
	@$(PY) tools/working_copies.py "$(WORK)" $(if $(filter 1,$(OUTPUTS)),--outputs)
	@$(PY) -m jupyterlab --ServerApp.root_dir="$(WORK)" \
	    --LabApp.default_url=/lab/tree/lessons/00_start_here.ipynb \
	    --LabApp.app_settings_dir=tools/jupyterlab $(if $(filter 0,$(shell id -u)),--allow-root)

bench: venv
	@$(PY) benchmarks/alexnet.py $(BENCH)

# Packages that the course's environment cannot hold, each in an environment of its own.
torch onnx: venv
	@$(PY) -m d2l_helpers.export.environments $@

weights: venv
	@$(PY) tools/weights.py $(FILE)

playground: venv
	@$(PY) tools/playground.py $(if $(NET),"$(NET)")

lint: venv
	$(PY) -m ruff check $(CODE)
	$(PY) -m ruff format --check $(CODE)
	$(PY) tools/check_imports.py
	$(PY) -m codespell_lib $(CODE) data docs .github/* *.md

test: lint check

# All tests and all lessons; with LESSON=05 that lesson and its exercises.
check: venv
	$(PYTEST) $(WORKERS) --nbval $(if $(LESSON),,tests) $(NOTEBOOKS)

# What depends on Python and the packages: for a second stack, after `make test` on a first one.
check-stack: venv
	$(PYTEST) $(WORKERS) --nbval $(TRAINED)
	$(PYTEST) $(WORKERS) --nbval -m "not once" tests exercises \
	    $(filter-out $(TRAINED),$(wildcard notebooks/*.ipynb))

check-code: venv
	$(PYTEST) $(if $(FILE),$(FILE),$(WORKERS) tests)

# tests/test_regression.py runs this on lessons that it has changed.
check-lessons: venv
	$(PYTEST) $(WORKERS) --nbval $(NOTEBOOKS)

test-pythons: test
	@tested=$$($(PY) -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
	PYTHON= tools/find-pythons 2>/dev/null | grep -v "^$$tested " | { status=0; \
	while read -r version python; do \
	    $(MAKE) check-stack VENV="build/venv-$$version" PYTHON="$$python" </dev/null || status=1; \
	done; exit $$status; }

test-gpu-build: venv
	@tools/make-venv requirements-gpu.lock build/gpu-venv
	TEST_GPU_BUILD=1 $(PY) -m pytest tests/test_gpu_build.py

# Two targets at once would install into one environment.
.NOTPARALLEL:

.PHONY: repair release test-hosted test-pages test-grading test-fresh test-mutants \
    test-torch test-without-make test-kills test-interrupts test-metadata tools audit \
    test-links test-addresses
test-hosted: venv
	TEST_HOSTED=$(or $(WHAT),cpu) $(PY) -m pytest tests/test_hosted.py

test-pages: venv
	npm ci --no-audit --no-fund --ignore-scripts --prefix tests/pages
	TEST_PAGES=1 $(PY) -m pytest tests/test_pages.py tests/test_slides.py tests/test_figures.py \
	    tests/test_playground.py

# What docs/concordance.md says of PyTorch and Keras, and weights for PyTorch.
test-torch: torch
	TEST_TORCH=1 $(PY) -m pytest tests/test_concordance.py tests/test_interop.py

test-grading: venv
	TEST_GRADING=1 $(PY) -m pytest tests/test_grading.py tests/test_submissions.py

# What docs/machines.md says under "Without make"; it installs once more, with pip.
test-without-make: venv
	TEST_WITHOUT_MAKE=1 $(PY) -m pytest tests/test_without_make.py

# Ctrl-C in a terminal and a kernel's stop button, at random moments.
test-interrupts: venv
	TEST_INTERRUPTS=1 $(PY) -m pytest tests/test_interrupted_kernels.py

# Training runs that are killed and resumed, and data files with flipped bits.
test-kills: venv
	TEST_KILLS=1 $(PY) -m pytest -s tests/test_kills.py tests/test_flipped_bits.py

test-mutants: venv
	@$(PY) tools/mutants.py $(MUTANTS)

test-fresh:
	@tools/test-fresh

# What GitHub reads of the course, against its schemas.
test-metadata: tools
	$(CHECK) vendor.citation-file-format CITATION.cff
	$(CHECK) vendor.github-issue-forms .github/ISSUE_TEMPLATE/problem.yml
	$(CHECK) vendor.github-workflows .github/workflows/*.yml

# Links and anchors in the editions that are built; those of the sources are part of `make test`.
test-links: tools
	$(LYCHEE) --offline --include-fragments --extensions html --exclude-path macros.html$$ \
	    $(wildcard build/book build/teacher build/slides)

# Links to other sites. A page that robots may not read, or not so often, is there.
test-addresses: tools
	$(TOOLS)/python tools/links.py --external > build/addresses.txt
	$(LYCHEE) --accept 200..=299,403,429 build/addresses.txt

# What maintainers run beside the course; with python3, which has to be 3.11 or newer.
tools:
	python3 -m venv build/tools-venv
	$(TOOLS)/python -m pip install --quiet --require-hashes --only-binary :all: \
	    -r requirements-tools.lock

# Every package with its licence and its known advisories: docs/packages.csv. ADVISORIES=folder, or
# several, of records such as `git clone --depth 1 https://github.com/pypa/advisory-database` brings.
audit: venv tools
	@$(PY) tools/audit.py $(or $(ADVISORIES),$(error ADVISORIES=folder is missing: see the Makefile))

# TAG=v1.0.0: build/release/, a zip of each edition, with checksums.
release: venv
	@$(PY) tools/release.py check "$(TAG)"
	$(MAKE) playground student teacher book slides
	$(MAKE) test-links
	@$(PY) tools/release.py pack

# Keeps the locked versions where it can. The course's requirements files override what packages
# require of each other: MXNet and d2l exclude the versions that Python 3.12 and newer need. The
# others are for the oldest Python that their packages are there for.
COMPILE := $(TOOLS)/uv pip compile --quiet --universal --generate-hashes \
    --custom-compile-command 'make lock'
lock: tools
	for name in requirements requirements-gpu; do \
	    $(COMPILE) --python-version 3.9 --fork-strategy fewest --no-strip-extras \
	        --no-emit-package d2l-helpers \
	        --overrides $$name.txt $$name.txt --output-file $$name.lock || exit 1; \
	done
	for name in onnx:3.9 nbgrader:3.9 bench:3.10 book:3.11 tools:3.11; do \
	    file=requirements-$${name%:*}; \
	    $(COMPILE) --python-version $${name#*:} $$file.txt --output-file $$file.lock || exit 1; \
	done

# Submissions and grades are nobody's to make again.
clean:
	mkdir -p build && find build -mindepth 1 -maxdepth 1 ! -name nbgrader -exec rm -rf {} +
	rm -rf .pytest_cache .ruff_cache *.egg-info
	find $(CODE) \( -name __pycache__ -o -name .ipynb_checkpoints \) -prune -exec rm -rf {} +

distclean: clean
	rm -rf .venv .venv.lock tests/pages/node_modules tools/playground/node_modules book/slides/node_modules
