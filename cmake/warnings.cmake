# What every target of the project is compiled with. Warnings are errors.
add_library(cyclecheck_options INTERFACE)
target_compile_features(cyclecheck_options INTERFACE cxx_std_20)
target_compile_options(cyclecheck_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Wold-style-cast -Werror)
if(CYCLECHECK_SANITIZE)
  target_compile_options(cyclecheck_options INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all
                         -fno-omit-frame-pointer)
  target_link_options(cyclecheck_options INTERFACE -fsanitize=address,undefined)
endif()
