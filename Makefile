# Two commands do everything on a fresh machine with Rust: `make run` and `make test`.

ORT_VERSION := 1.32.0
ORT_PLATFORM := $(if $(filter Darwin,$(shell uname -s)),macosx_14_0_arm64,manylinux_2_28_$(shell uname -m))
RUNTIME := models/runtime
PIP := python3 -m pip

BUILD_PACKAGES := gcc libc6-dev pkg-config libasound2-dev python3 python3-pip
RUN_PACKAGES := libxcursor1 libxi6 libxkbcommon-x11-0 libgl1 libgl1-mesa-dri libfontconfig1 fonts-wqy-microhei

.PHONY: run test check setup packages runtime models assets

run: setup
	cargo run --release

# The same as CI runs; `cargo test` alone is enough once `make setup` has run.
test: setup
	cargo test

check:
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings

setup: packages runtime

# Installs what is missing where apt is there and may be used; elsewhere it only says what is needed.
packages:
	@if ! command -v dpkg-query >/dev/null; then \
		echo "Not a Debian system: the build needs a C compiler, pkg-config, the ALSA headers and Python 3 with pip."; exit 0; \
	fi; \
	missing=""; \
	for name in $(BUILD_PACKAGES) $(RUN_PACKAGES); do \
		case $$name in python3*) $(PIP) --version >/dev/null 2>&1 && continue ;; esac; \
		dpkg-query -W -f '$${Status}' $$name 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$name"; \
	done; \
	[ -z "$$missing" ] && exit 0; \
	as_root=""; [ "$$(id -u)" = 0 ] || as_root="sudo -n"; \
	echo "Installing$$missing"; \
	$$as_root apt-get update -qq && $$as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -qq --no-install-recommends $$missing >/dev/null || echo "Please install:$$missing"

# ONNX Runtime, out of its Python wheel. Without it the program uses tract, which is built in and slower.
runtime: $(RUNTIME)/version-$(ORT_VERSION)

$(RUNTIME)/version-$(ORT_VERSION):
	@mkdir -p $(RUNTIME)
	@rm -rf $(RUNTIME)/wheel && $(PIP) download --quiet --no-deps --only-binary=:all: --python-version 3.11 \
		--platform $(ORT_PLATFORM) --dest $(RUNTIME)/wheel onnxruntime==$(ORT_VERSION) \
		&& python3 -c "import glob, os, zipfile; z = zipfile.ZipFile(glob.glob('$(RUNTIME)/wheel/*.whl')[0]); \
[open(os.path.join('$(RUNTIME)', os.path.basename(n)), 'wb').write(z.read(n)) for n in z.namelist() \
if os.path.basename(n).startswith('libonnxruntime.') or n.endswith('LICENSE') or n.endswith('ThirdPartyNotices.txt')]" \
		&& rm -rf $(RUNTIME)/wheel && touch $@ \
		|| echo "ONNX Runtime could not be fetched; Vitrine will use the slower built-in tract."

# Trains the encoder bundle again; see models/train/README.md.
models:
	cd models/train && python3 train.py all --data "$${VITRINE_DATA:?point VITRINE_DATA to the training data}" --out ../compact

# Draws the sample catalog again; see assets/README.md.
assets:
	cd assets && python3 make/catalog.py
