# Writes OUTPUT, a header that says which commit is being built; `-dirty` if files were changed since. Run at every build, it
# leaves the file alone if nothing changed.
execute_process(COMMAND git -C ${SOURCE} describe --always --abbrev=12 --dirty --exclude=*
                OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE status)
if(NOT status EQUAL 0 OR commit STREQUAL "")
  set(commit unknown)
endif()
set(text "#pragma once\n#define CYCLECHECK_COMMIT \"${commit}\"\n#define CYCLECHECK_COMMIT_MARK \"cyclecheck target, commit \"\n")
set(old)
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} old)
endif()
if(NOT old STREQUAL text)
  file(WRITE ${OUTPUT} "${text}")
endif()
