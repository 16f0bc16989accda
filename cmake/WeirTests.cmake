# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Tests are found by name; there is no list to keep.
#
#   tests/engine/*.c           the contract with the engine: runs before all others, and its failure stops them
#   tests/unit/<folder>/test_*.c   linked with the folder and what is below it
#   tests/behaviour/test_*.c, test_*.py   linked with everything; a script gets --weir <command>
#   tests/spec/run.py          the specification's tests
#   tests/tsan/test_*.c        with the sources that it names, under ThreadSanitizer whatever the build is
#   examples/expected/*.txt    what the example of that name prints
#   tests/packaging/*.py       an installed weir, used from elsewhere
#   tests/fuzz/fuzz_*.c        one property each, replayed over tests/fuzz/corpus/<name>
#   tests/tools/test_*.py      the checks of tools/, themselves tested
#   tools/check_*.py           layers, sizes, format, headers, documentation
#
# ctest runs the engine's contract before whatever is selected; `ctest -FA .* -LE engine -R <name>` leaves it out.

pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)

set(WEIR_TEST_ENVIRONMENT
  "ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1:detect_stack_use_after_return=0"
  "UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1"
  "XDG_CACHE_HOME=${PROJECT_BINARY_DIR}/cache" # of weir run; nothing of a user's
  "PYTHONDONTWRITEBYTECODE=1")

file(GLOB support_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/support/*.c")
list(FILTER support_sources EXCLUDE REGEX "/(fault_system|keep_signals)\\.c$") # these go into programs, below
add_library(weir-test-support STATIC ${support_sources})
target_include_directories(weir-test-support PUBLIC "${PROJECT_SOURCE_DIR}/tests")
target_link_libraries(weir-test-support PUBLIC PkgConfig::CMOCKA PRIVATE weir-flags)

# weir_test_properties(<test> <label> <seconds>)
function(weir_test_properties name label seconds)
  set_tests_properties(${name} PROPERTIES LABELS ${label} TIMEOUT ${seconds} ENVIRONMENT "${WEIR_TEST_ENVIRONMENT}"
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
  if(label STREQUAL "engine")
    set_tests_properties(${name} PROPERTIES FIXTURES_SETUP engine-contract)
  else()
    set_tests_properties(${name} PROPERTIES FIXTURES_REQUIRED engine-contract)
  endif()
endfunction()

# weir_test_program(<label> <target> <source> <seconds> <library>...): one executable, one test <label>/<rest>.
function(weir_test_program label target source seconds)
  add_executable(${target} "${source}" "${PROJECT_SOURCE_DIR}/tests/support/keep_signals.c")
  target_compile_definitions(${target} PRIVATE "WEIR_SOURCE_DIR=\"${PROJECT_SOURCE_DIR}\"")
  target_link_libraries(${target} PRIVATE weir-test-support ${ARGN} weir-flags)
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests"
    C_VISIBILITY_PRESET default) # what a test replaces, shared libraries must see
  if(TARGET weir AND label STREQUAL "behaviour") # a unit test must not wait for the folders above its own
    target_compile_definitions(${target} PRIVATE "WEIR_COMMAND=\"$<TARGET_FILE:weir>\"")
    add_dependencies(${target} weir)
  endif()
  file(STRINGS "${source}" system_fault REGEX "fault_system_" LIMIT_COUNT 1)
  if(system_fault) # it lets the system's allocator fail
    target_sources(${target} PRIVATE "${PROJECT_SOURCE_DIR}/tests/support/fault_system.c")
    target_link_options(${target} PRIVATE -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc)
  endif()
  add_test(NAME ${target} COMMAND ${target})
  weir_test_properties(${target} ${label} ${seconds})
endfunction()

# weir_test_script(<label> <name> <seconds> <script> <argument>...)
function(weir_test_script label name seconds script)
  add_test(NAME ${name} COMMAND "${Python3_EXECUTABLE}" "${script}" ${ARGN})
  weir_test_properties(${name} ${label} ${seconds})
endfunction()

set(weir_command "")
if(TARGET weir)
  set(weir_command --weir $<TARGET_FILE:weir>)
endif()

# --- the engine's contract
if(TARGET weir-engine)
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/engine/*.c")
  foreach(source IN LISTS sources)
    cmake_path(GET source STEM name)
    weir_test_program(engine engine-${name} "${source}" 300 weir-engine weir-base weir-engine-lib)
  endforeach()
endif()

# --- one folder and what is below it
foreach(folder IN LISTS WEIR_FOLDERS ITEMS cli)
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/unit/${folder}/test_*.c")
  if(folder STREQUAL "http" AND NOT WEIR_HTTP)
    list(FILTER sources INCLUDE REGEX "/test_fields\\.c$")
  endif()
  if(sources AND TARGET weir-${folder})
    foreach(source IN LISTS sources)
      cmake_path(GET source STEM name)
      weir_test_program(unit unit-${folder}-${name} "${source}" 120 weir-${folder})
    endforeach()
  endif()
endforeach()

# --- everything
file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/behaviour/test_*.c")
foreach(source IN LISTS sources)
  cmake_path(GET source STEM name)
  weir_test_program(behaviour behaviour-${name} "${source}" 300 libweir)
endforeach()
file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/behaviour/test_*.py")
foreach(source IN LISTS sources)
  cmake_path(GET source STEM name)
  weir_test_script(behaviour behaviour-${name} 300 "${source}" ${weir_command})
endforeach()
if(EXISTS "${PROJECT_SOURCE_DIR}/tests/spec/run.py" AND TARGET weir)
  weir_test_script(spec spec-run 1800 "${PROJECT_SOURCE_DIR}/tests/spec/run.py" --seeds 8 ${weir_command})
  weir_test_script(spec spec-slices 600 "${PROJECT_SOURCE_DIR}/tests/spec/run.py" --time-slice every
    --known "${PROJECT_SOURCE_DIR}/tests/spec/known-failing-slices.txt" ${weir_command})
  weir_test_script(spec spec-run-fused 1800 "${PROJECT_SOURCE_DIR}/tests/spec/run.py" --fused ${weir_command})
  weir_test_script(spec spec-run-fused-component 1800 "${PROJECT_SOURCE_DIR}/tests/spec/run.py" --fused-component
    ${weir_command})
  weir_test_script(spec spec-fused-slices 600 "${PROJECT_SOURCE_DIR}/tests/spec/run.py" --fused --time-slice every
    --known "${PROJECT_SOURCE_DIR}/tests/spec/known-failing-fused-slices.txt" ${weir_command})
  weir_test_script(spec spec-run-no-adapters 1800 "${PROJECT_SOURCE_DIR}/tests/spec/run.py" --no-adapters
    ${weir_command})
endif()

# --- where guests are set aside at every function and loop, and nobody can tell
foreach(name IN ITEMS futures late_imports readings resources wasi_streams)
  if(TARGET behaviour-test_${name})
    add_test(NAME behaviour-slices-${name} COMMAND behaviour-test_${name})
    weir_test_properties(behaviour-slices-${name} behaviour 300)
    set_tests_properties(behaviour-slices-${name} PROPERTIES
      ENVIRONMENT "${WEIR_TEST_ENVIRONMENT};WEIR_TEST_SLICE=every")
  endif()
endforeach()

# --- random compositions do the same in every form
if(TARGET weir)
  weir_test_script(behaviour fuse-compare 900 "${PROJECT_SOURCE_DIR}/tests/fuse/compare.py" --cases 200 ${weir_command})
endif()

# --- scripts of our own, for what the specification's do not reach
if(TARGET weir)
  file(GLOB scripts CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/spec/own/*.wast")
  add_test(NAME spec-own COMMAND weir wast ${scripts})
  weir_test_properties(spec-own spec 120)
  add_test(NAME spec-own-fused COMMAND weir wast --fused ${scripts})
  weir_test_properties(spec-own-fused spec 120)
  add_test(NAME spec-own-fused-component COMMAND weir wast --fused-component ${scripts})
  weir_test_properties(spec-own-fused-component spec 120)
  add_test(NAME spec-own-no-adapters COMMAND weir wast --no-adapters ${scripts})
  weir_test_properties(spec-own-no-adapters spec 120)
endif()

# --- an actor per connection: right answers, and memory that does not grow
if(TARGET example-actors)
  add_test(NAME example-actors
    COMMAND example-actors "${PROJECT_SOURCE_DIR}/examples/guests/wat/actor.wat" --load 1000 100)
  weir_test_properties(example-actors behaviour 300)
endif()

# --- examples print what they should
file(GLOB expectations CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/examples/expected/*.txt")
set(sleeper "${PROJECT_SOURCE_DIR}/examples/guests/wat/sleeper.wat")
foreach(expected IN LISTS expectations)
  cmake_path(GET expected STEM name)
  set(guest "${sleeper}")
  if(name STREQUAL "code_cache")
    set(guest "${PROJECT_SOURCE_DIR}/examples/guests/wat/actor.wat")
  elseif(name STREQUAL "first")
    set(guest "${PROJECT_SOURCE_DIR}/examples/guests/wat/double.wat")
  elseif(name MATCHES "world$")
    set(guest "${PROJECT_SOURCE_DIR}/examples/guests/wat/shop.wat")
  elseif(name STREQUAL "binder")
    set(guest "${PROJECT_SOURCE_DIR}/examples/guests/wat/binder.wat")
    if(NOT TARGET example-binder)
      message(STATUS "no C++ compiler: examples/cpp is not tested")
      continue()
    endif()
  elseif(name MATCHES "^bridge")
    set(guest "${PROJECT_SOURCE_DIR}/examples/guests/wat/napper.wat")
  endif()
  if(TARGET example-${name})
    weir_test_script(examples example-${name} 60 "${PROJECT_SOURCE_DIR}/tests/examples/run.py" "${expected}"
      $<TARGET_FILE:example-${name}> "${guest}")
  else()
    weir_test_script(examples example-${name} 60 "${PROJECT_SOURCE_DIR}/tests/examples/run.py" "${expected}"
      "${Python3_EXECUTABLE}" "${PROJECT_SOURCE_DIR}/examples/python/${name}.py" $<TARGET_FILE:libweir-shared>
      "${guest}")
    if(WEIR_SANITIZE) # the interpreter is not instrumented, and leaks
      set(environment "${WEIR_TEST_ENVIRONMENT}" "ASAN_OPTIONS=detect_leaks=0:verify_asan_link_order=0")
      execute_process(COMMAND "${CMAKE_C_COMPILER}" -print-file-name=libasan.so OUTPUT_VARIABLE preload
        OUTPUT_STRIP_TRAILING_WHITESPACE)
      set_tests_properties(example-${name} PROPERTIES ENVIRONMENT "${environment};LD_PRELOAD=${preload}")
    endif()
  endif()
endforeach()

# --- bindings of other languages: skipped, and said so, where the toolchain is missing
set(preload "")
if(WEIR_SANITIZE)
  execute_process(COMMAND "${CMAKE_C_COMPILER}" -print-file-name=libasan.so OUTPUT_VARIABLE preload
    OUTPUT_STRIP_TRAILING_WHITESPACE)
endif()
foreach(language IN ITEMS go java)
  weir_test_script(examples example-${language} 900 "${PROJECT_SOURCE_DIR}/tests/examples/foreign.py" ${language}
    --source "${PROJECT_SOURCE_DIR}" --library $<TARGET_FILE:libweir-shared> "--sanitize=${WEIR_SANITIZE}"
    "--preload=${preload}")
  set_tests_properties(example-${language} PROPERTIES SKIP_RETURN_CODE 77)
endforeach()

# --- the Python package: its wheel is built, installed and tested. Skipped, and said so, where pip has no packages
set(python_command "")
if(TARGET weir)
  set(python_command --command $<TARGET_FILE:weir>)
endif()
if(TARGET weir)
  weir_test_script(behaviour wasi-guests 300 "${PROJECT_SOURCE_DIR}/tests/wasi/run.py" ${weir_command})
  weir_test_script(behaviour wasi-real 1800 "${PROJECT_SOURCE_DIR}/tests/wasi/real.py" ${weir_command})
  set_tests_properties(wasi-real PROPERTIES SKIP_RETURN_CODE 77)
endif()
weir_test_script(bindings binding-python 900 "${PROJECT_SOURCE_DIR}/tests/bindings/python.py"
  --source "${PROJECT_SOURCE_DIR}" --library $<TARGET_FILE:libweir-shared> ${python_command} "--preload=${preload}"
  --work "${PROJECT_BINARY_DIR}/python")
set_tests_properties(binding-python PROPERTIES SKIP_RETURN_CODE 77)

# --- what `cmake --install` makes
file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/packaging/test_*.py")
foreach(source IN LISTS sources)
  cmake_path(GET source STEM name)
  weir_test_script(packaging packaging-${name} 300 "${source}" --build "${PROJECT_BINARY_DIR}"
    --source "${PROJECT_SOURCE_DIR}" --cc "${CMAKE_C_COMPILER}" "--sanitize=${WEIR_SANITIZE}")
endforeach()

# --- threads: ThreadSanitizer does not follow the engine's stacks, so each program is made of the few files it names
file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/tsan/test_*.c")
foreach(source IN LISTS sources)
  cmake_path(GET source STEM name)
  file(STRINGS "${source}" under_test REGEX "^ \\* sources: ")
  string(REGEX MATCHALL "src/[a-z0-9_/]+\\.c" under_test "${under_test}")
  list(TRANSFORM under_test PREPEND "${PROJECT_SOURCE_DIR}/")
  add_executable(tsan-${name} "${source}" ${under_test})
  target_include_directories(tsan-${name} PRIVATE "${PROJECT_SOURCE_DIR}/include" "${PROJECT_SOURCE_DIR}/src")
  target_compile_definitions(tsan-${name} PRIVATE "_GNU_SOURCE=")
  target_compile_options(tsan-${name} PRIVATE -O1 -g -Wall -Wextra -fsanitize=thread)
  target_link_options(tsan-${name} PRIVATE -fsanitize=thread)
  target_link_libraries(tsan-${name} PRIVATE Threads::Threads)
  set_target_properties(tsan-${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
  add_test(NAME tsan-${name} COMMAND tsan-${name})
  weir_test_properties(tsan-${name} tsan 300)
endforeach()

# The bridge's own tests once more, of all that does not know the engine.
file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/unit/bridge/test_*.c")
if(sources)
  file(GLOB bridge_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/base/*.c" "${PROJECT_SOURCE_DIR}/src/bridge/*.c")
  list(FILTER bridge_sources EXCLUDE REGEX "/src/bridge/(call|drive|uv)\\.c$")
  add_library(tsan-bridge STATIC ${bridge_sources} "${PROJECT_SOURCE_DIR}/tests/support/fault.c"
    "${PROJECT_SOURCE_DIR}/tests/unit/bridge/no_engine.c")
  target_include_directories(tsan-bridge PUBLIC "${PROJECT_SOURCE_DIR}/include" "${PROJECT_SOURCE_DIR}/src"
    "${PROJECT_SOURCE_DIR}/tests")
  target_compile_definitions(tsan-bridge PUBLIC "_GNU_SOURCE=")
  target_compile_options(tsan-bridge PUBLIC -O1 -g -fsanitize=thread)
  target_link_options(tsan-bridge PUBLIC -fsanitize=thread)
  target_link_libraries(tsan-bridge PUBLIC PkgConfig::UV PkgConfig::CMOCKA Threads::Threads)
endif()
foreach(source IN LISTS sources)
  cmake_path(GET source STEM name)
  add_executable(tsan-bridge-${name} "${source}")
  target_link_libraries(tsan-bridge-${name} PRIVATE tsan-bridge)
  set_target_properties(tsan-bridge-${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
  add_test(NAME tsan-bridge-${name} COMMAND tsan-bridge-${name})
  weir_test_properties(tsan-bridge-${name} tsan 300)
endforeach()

# A WASI host on a bridge's loop, and one whose files are written beside its loop, with the fake store of unit tests.
# Nothing here links a library of the build itself: weir-http would bring the build's own sanitizer into the program, and
# a program of two sanitizers crashes before main().
if(TARGET tsan-bridge AND TARGET weir-wasi)
  file(GLOB_RECURSE wasi_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/wasi/*.c" "${PROJECT_SOURCE_DIR}/src/abi/value*.c")
  list(FILTER wasi_sources EXCLUDE REGEX "/wasi/(host/bridge|http/handle|http/program|preview1/preview1)\\.c$")
  get_target_property(http_sources weir-http SOURCES) # with llhttp, where it is compiled here
  add_library(tsan-wasi STATIC ${wasi_sources} ${http_sources} "${WEIR_GENERATED}/wasi/wit.c")
  target_include_directories(tsan-wasi PUBLIC "${WEIR_GENERATED}")
  add_dependencies(tsan-wasi weir-wasi-generated)
  target_link_libraries(tsan-wasi PUBLIC tsan-bridge $<TARGET_NAME_IF_EXISTS:weir-http-libs>)
  set_source_files_properties("${WEIR_GENERATED}/wasi/wit.c" PROPERTIES GENERATED ON)
  foreach(name IN ITEMS on_bridge file_streams)
    add_executable(tsan-wasi-test_${name} "${PROJECT_SOURCE_DIR}/tests/unit/wasi/test_${name}.c")
    target_link_libraries(tsan-wasi-test_${name} PRIVATE tsan-wasi)
    set_target_properties(tsan-wasi-test_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
    add_test(NAME tsan-wasi-test_${name} COMMAND tsan-wasi-test_${name})
    weir_test_properties(tsan-wasi-test_${name} tsan 300)
  endforeach()
endif()

# --- fuzzed properties: replayed here, explored by `make fuzz` (target fuzzers)
add_custom_target(fuzzers)
file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/fuzz/fuzz_*.c")
foreach(source IN LISTS sources)
  cmake_path(GET source STEM name)
  string(REGEX REPLACE "^fuzz_" "" property "${name}")
  if(property MATCHES "^(h1_parse|http_)" AND NOT WEIR_HTTP)
    continue()
  endif()
  add_executable(${name} "${source}")
  add_dependencies(fuzzers ${name})
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/tests" "${WEIR_GENERATED}")
  add_dependencies(${name} weir-wasi-generated)
  target_compile_definitions(${name} PRIVATE "WEIR_SOURCE_DIR=\"${PROJECT_SOURCE_DIR}\"")
  target_link_libraries(${name} PRIVATE libweir weir-flags)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/fuzz")
  if(WEIR_FUZZ)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(${name} PRIVATE "${PROJECT_SOURCE_DIR}/tests/fuzz/driver.c")
    add_test(NAME fuzz-${property} COMMAND ${name} "${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${property}")
    weir_test_properties(fuzz-${property} fuzz 300)
  endif()
endforeach()

# --- the sources themselves
set(tools "${PROJECT_SOURCE_DIR}/tools")
weir_test_script(source source-layers 60 "${tools}/check_layers.py" --root "${PROJECT_SOURCE_DIR}")
weir_test_script(source source-calls 60 "${tools}/check_calls.py" --root "${PROJECT_SOURCE_DIR}"
  --build "${PROJECT_BINARY_DIR}")
weir_test_script(source source-fuse-rt 60 "${tools}/build_fuse_rt.py" --check)
weir_test_script(source source-size 60 "${tools}/check_size.py" --root "${PROJECT_SOURCE_DIR}")
weir_test_script(source source-comments 60 "${tools}/check_comments.py" --root "${PROJECT_SOURCE_DIR}")
weir_test_script(source source-format 120 "${tools}/check_format.py" --root "${PROJECT_SOURCE_DIR}")
if(TARGET weir)
  weir_test_script(source source-pages 60 "${tools}/check_pages.py" --root "${PROJECT_SOURCE_DIR}" --weir "$<TARGET_FILE:weir>")
endif()
weir_test_script(source source-docs 60 "${tools}/check_docs.py" --root "${PROJECT_SOURCE_DIR}")
weir_test_script(source abi 60 "${tools}/abi.py" --root "${PROJECT_SOURCE_DIR}" --cc "${CMAKE_C_COMPILER}" check)
weir_test_script(source source-wasi 60 "${tools}/check_wasi.py" --root "${PROJECT_SOURCE_DIR}"
  --strict wasi:filesystem/ ${WEIR_WASI_WIT})
weir_test_script(source source-headers 120 "${tools}/check_headers.py" --root "${PROJECT_SOURCE_DIR}"
  --cc "${CMAKE_C_COMPILER}")
file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/tools/test_*.py")
foreach(source IN LISTS sources)
  cmake_path(GET source STEM name)
  weir_test_script(tools tools-${name} 120 "${source}")
endforeach()
