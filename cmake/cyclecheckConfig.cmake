include("${CMAKE_CURRENT_LIST_DIR}/cyclecheckTargets.cmake")
