# Writes a C++ header that holds files as strings: cmake -DOUTPUT=header -DFILES=a.c,b.c -DFOLDER=... -P embed.cmake
string(REPLACE "," ";" files "${FILES}")
string(CONCAT text "// Generated from harness/cpython.\n#pragma once\n\n#include <string_view>\n\nnamespace cyclecheck {\n\n"
         "struct SourceFile {\n  std::string_view name;\n  std::string_view text;\n};\n\n"
         "inline constexpr SourceFile kCpythonDriver[] = {\n")
foreach(file IN LISTS files)
  file(READ "${FOLDER}/${file}" content)
  string(APPEND text "    {\"${file}\", R\"CYCLECHECK(${content})CYCLECHECK\"},\n")
endforeach()
string(APPEND text "};\n\n}  // namespace cyclecheck\n")
get_filename_component(folder "${OUTPUT}" DIRECTORY)
file(MAKE_DIRECTORY "${folder}")
file(WRITE "${OUTPUT}" "${text}")
