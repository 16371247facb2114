# Installs the libraries, their headers, the program and a CMake package: find_package(cyclecheck) gives
# cyclecheck::trace, cyclecheck::model and cyclecheck::cyclegc.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set_target_properties(cyclecheck_trace PROPERTIES EXPORT_NAME trace)
set_target_properties(cyclecheck_model PROPERTIES EXPORT_NAME model)
install(TARGETS cyclecheck_trace cyclecheck_model cyclegc EXPORT cyclecheckTargets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
        INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/cyclecheck)
foreach(folder trace model impl)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${folder} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/cyclecheck
          FILES_MATCHING PATTERN "*.hpp")
endforeach()
if(TARGET cyclecheck)
  install(FILES ${PROJECT_SOURCE_DIR}/harness/subjects/plugin.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/cyclecheck)
  install(TARGETS cyclecheck RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/cyclecheck)
install(EXPORT cyclecheckTargets NAMESPACE cyclecheck:: DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cyclecheckConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_SOURCE_DIR}/cmake/cyclecheckConfig.cmake ${PROJECT_BINARY_DIR}/cyclecheckConfigVersion.cmake
        DESTINATION ${package_folder})
