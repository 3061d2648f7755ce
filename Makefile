# The words we say. The build itself is in meson.build; these need nothing but make.
B ?= build
PYTEST = /usr/bin/python3 -m pytest -q -p no:cacheprovider
JOBS ?= 3
C_FILES = $(shell git ls-files 'src/*.[ch]' 'test/*.[ch]')

all: $(B)/build.ninja
	@ninja -C $(B)

# Runs the dev server; what is missing is installed first.
# LAN=1 lets phones of this network in, LAN=ADDRESS says on which of its addresses.
run: deps all
	@exec $(B)/carillon serve $(if $(LAN),--lan $(if $(filter 1,$(LAN)),,$(LAN))) $(ARGS)

# Everything: pure rooms first, then the real program with real phones.
test: deps unit box
unit: all
	@meson test -C $(B) --print-errorlogs --suite unit
# make box T=test/box/test_kills.py, or T="-k killed": only these.
box: all
	@CARILLON=$(CURDIR)/$(B)/carillon $(PYTEST) -n $(JOBS) $(if $(filter test/%,$(T)),,test/box) $(T)

# The same with the sanitizers watching.
asan:
	@$(MAKE) unit box B=build-asan OPTS="-Db_sanitize=address,undefined -Db_lundef=false -Dc_args=-Wno-format-truncation"
tsan:
	@TSAN_OPTIONS="suppressions=$(CURDIR)/test/tsan.supp" \
	 $(MAKE) unit box B=build-tsan OPTS="-Db_sanitize=thread -Db_lundef=false -Dc_args=-Wno-format-truncation"

lint: all
	@tools/check_rooms.py
	@tools/check_style.py
	@tools/check_fields.py $(B)/carillon
	@clang-format --dry-run -Werror $(C_FILES)
	@tools/tidy $(B)

check: unit lint

bench: deps
	@$(MAKE) build-release/build.ninja B=build-release OPTS="--buildtype=release"
	@ninja -C build-release carillon bench_rooms
	@test/bench/run.py build-release/carillon
	@test/bench/rooms/rooms.py build-release/bench_rooms

# make fuzz: the entries; T=json_body: that one, T=all: each, for SECONDS_EACH (60). Inputs gather in fuzz-corpus/.
fuzz:
	@tools/fuzz $(T)

format:
	@clang-format -i $(C_FILES)

deps:
	@tools/deps

clean:
	@rm -rf build build-asan build-tsan build-release

$(B)/build.ninja:
	@tools/deps
	@meson setup $(B) $(OPTS)

.PHONY: all run test unit box asan tsan lint check bench fuzz format deps clean
