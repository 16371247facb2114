# Fuzzes for RUNS inputs, from the seeds in SEEDS, with an empty corpus in WORK: the same inputs at every call.
file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK}/corpus)
set(dictionary)
if(EXISTS ${SEEDS}.dict)
  set(dictionary -dict=${SEEDS}.dict)
endif()
execute_process(
  COMMAND ${TARGET} -runs=${RUNS} -seed=1 -max_len=256 -entropic=0 -timeout=25 -print_final_stats=1 ${dictionary}
          -artifact_prefix=${WORK}/ ${WORK}/corpus ${SEEDS}
  RESULT_VARIABLE status
  ERROR_VARIABLE output)
string(LENGTH "${output}" length)
if(NOT status EQUAL 0)
  # What matters stands at the end.
  math(EXPR begin "${length} - 6000")
  if(begin LESS 0)
    set(begin 0)
  endif()
  string(SUBSTRING "${output}" ${begin} -1 tail)
  message(FATAL_ERROR "${TARGET}: ${status}\n${tail}")
endif()
string(REGEX MATCH "number_of_executed_units: [0-9]+" executed "${output}")
message("${executed}")
