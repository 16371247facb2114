# Headers of others that most files of a part include take longer to read than the files themselves: they are compiled once for all
# targets with the same options. With Clang alone: GCC 12 then gives false warnings of memory that std::string copies. The presets of
# GCC, and `clang`, show what a file forgot to include.

# cyclecheck_common_headers(NAME HEADERS header... LIBRARIES library...): compiles headers with the options of libraries.
function(cyclecheck_common_headers name)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES Clang)
    return()
  endif()
  cmake_parse_arguments(common "" "" "HEADERS;LIBRARIES" ${ARGN})
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
  file(CONFIGURE OUTPUT ${source} CONTENT "// Nothing: see cmake/headers.cmake.\n")
  add_library(${name} OBJECT EXCLUDE_FROM_ALL ${source})
  target_link_libraries(${name} PRIVATE ${common_LIBRARIES})
  target_precompile_headers(${name} PRIVATE ${common_HEADERS})
endfunction()

# cyclecheck_use_headers(TARGET NAME): the files of a target with the same options read headers compiled before.
function(cyclecheck_use_headers target name)
  if(TARGET ${name})
    target_precompile_headers(${target} REUSE_FROM ${name})
  endif()
endfunction()
