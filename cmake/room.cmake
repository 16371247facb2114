# cyclecheck_room(NAME
#   SOURCES file...       what the library cyclecheck_NAME is made of
#   ROOMS room...         rooms that it includes: their libraries, seen by those who link it
#   LIBRARIES target...   other libraries, seen by those who link it
#   PRIVATE target...     other libraries, seen by nobody else
#   APART file...         sources with names of their own that another source has, too: they are compiled alone
#   QUICK                 it takes longer to optimise than to run
#   FUZZED                a fuzzer counts its edges)
# A library with fmt uses the headers that harness/CMakeLists.txt compiles once.
function(cyclecheck_room name)
  cmake_parse_arguments(room "QUICK;FUZZED" "" "SOURCES;APART;ROOMS;LIBRARIES;PRIVATE" ${ARGN})
  list(TRANSFORM room_ROOMS PREPEND cyclecheck_)
  set(quick)
  set(headers cyclecheck_harness_headers)
  if(room_QUICK)
    set(quick cyclecheck_quick_build)
    set(headers cyclecheck_quick_headers)
  endif()
  add_library(cyclecheck_${name} STATIC ${room_SOURCES} ${room_APART})
  # Some sources at once: their headers take longer to compile than they do.
  set_target_properties(cyclecheck_${name} PROPERTIES UNITY_BUILD ${CYCLECHECK_UNITY} UNITY_BUILD_BATCH_SIZE 8)
  set_property(SOURCE ${room_APART} PROPERTY SKIP_UNITY_BUILD_INCLUSION ON)
  target_link_libraries(cyclecheck_${name} PUBLIC cyclecheck_trace ${room_ROOMS} ${room_LIBRARIES}
                        PRIVATE $<BUILD_INTERFACE:cyclecheck_options> ${quick} ${room_PRIVATE})
  if(room_FUZZED)
    set_target_properties(cyclecheck_${name} PROPERTIES FUZZED ON)
  endif()
  if("fmt::fmt" IN_LIST room_PRIVATE)
    cyclecheck_use_headers(cyclecheck_${name} ${headers})
  endif()
endfunction()

# cyclecheck_embed(TARGET HEADER harness/room/name.hpp VARIABLE kName FOLDER folder FILES file...): a header that holds files as
# strings, for the sources of the target alone.
function(cyclecheck_embed target)
  cmake_parse_arguments(embed "" "HEADER;VARIABLE;FOLDER" "FILES" ${ARGN})
  set(generated ${CMAKE_CURRENT_BINARY_DIR}/generated)
  set(header ${generated}/${embed_HEADER})
  list(TRANSFORM embed_FILES PREPEND ${embed_FOLDER}/ OUTPUT_VARIABLE paths)
  list(JOIN embed_FILES "," list)
  set(script ${PROJECT_SOURCE_DIR}/cmake/embed.cmake)
  add_custom_command(
    OUTPUT ${header}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${header} -DVARIABLE=${embed_VARIABLE} -DFOLDER=${embed_FOLDER} "-DFILES=${list}" -P ${script}
    DEPENDS ${paths} ${script}
    VERBATIM)
  target_sources(${target} PRIVATE ${header})
  target_include_directories(${target} PRIVATE ${generated})
endfunction()

# cyclecheck_optimise_little(file...): sources of a library that is optimised otherwise: what is mostly templates of JSON, or runs
# once a second, takes longer to optimise than to run.
function(cyclecheck_optimise_little)
  set_property(SOURCE ${ARGN} APPEND PROPERTY COMPILE_OPTIONS $<TARGET_PROPERTY:cyclecheck_quick_build,INTERFACE_COMPILE_OPTIONS>)
  set_property(SOURCE ${ARGN} PROPERTY SKIP_PRECOMPILE_HEADERS ON)
endfunction()
