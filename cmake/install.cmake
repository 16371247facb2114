# Installs the libraries, their headers, the program and a CMake package: find_package(cyclecheck) gives
# cyclecheck::trace, cyclecheck::model and cyclecheck::cyclegc.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set_target_properties(cyclecheck_trace PROPERTIES EXPORT_NAME trace)
set_target_properties(cyclecheck_model PROPERTIES EXPORT_NAME model)
# The collector's headers lie under cyclegc/, those of the model and the trace language under cyclecheck/.
install(TARGETS cyclecheck_trace cyclecheck_model EXPORT cyclecheckTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
        INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/cyclecheck)
install(TARGETS cyclegc EXPORT cyclecheckTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
        INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} ${CMAKE_INSTALL_INCLUDEDIR}/cyclegc)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/cyclegc/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/cyclegc
        FILES_MATCHING PATTERN "*.hpp" PATTERN "*.h")
install(DIRECTORY ${PROJECT_SOURCE_DIR}/trace ${PROJECT_SOURCE_DIR}/model DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/cyclecheck
        FILES_MATCHING PATTERN "*.hpp")
install(DIRECTORY ${PROJECT_SOURCE_DIR}/impl DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/cyclegc FILES_MATCHING PATTERN "*.hpp")
if(TARGET cyclecheck)
  install(FILES ${PROJECT_SOURCE_DIR}/harness/subjects/plugin.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/cyclecheck)
  install(TARGETS cyclecheck RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  # Man pages and completions are made from the program's help when it is installed.
  find_package(Python3 COMPONENTS Interpreter)
  if(Python3_FOUND)
    set(manual ${PROJECT_BINARY_DIR}/manual)
    install(CODE "execute_process(COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/cmake/manual.py $<TARGET_FILE:cyclecheck>
                                          ${manual} COMMAND_ERROR_IS_FATAL ANY)")
    install(DIRECTORY ${manual}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR})
    install(DIRECTORY ${manual}/bash/ DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
    install(DIRECTORY ${manual}/zsh/ DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
    install(DIRECTORY ${manual}/fish/ DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
  endif()
endif()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/CHANGELOG.md ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/corpus/notes DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/adapters/kit ${PROJECT_SOURCE_DIR}/adapters/toy ${PROJECT_SOURCE_DIR}/examples/lisp DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/cyclecheck)
install(EXPORT cyclecheckTargets NAMESPACE cyclecheck:: DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cyclecheckConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_SOURCE_DIR}/cmake/cyclecheckConfig.cmake ${PROJECT_BINARY_DIR}/cyclecheckConfigVersion.cmake
        DESTINATION ${package_folder})

# `cpack -G DEB` in the build folder: a package for the Debian that it runs on. It takes what was built: the libraries and the
# program.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME cyclecheck)
set(CPACK_PACKAGE_VENDOR CycleCheck)
set(CPACK_PACKAGE_CONTACT "OWNER <owner@example.org>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "verifies garbage collectors that count references and break cycles")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "graphviz, python3, g++")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_STRIP_FILES ON)
include(CPack)
