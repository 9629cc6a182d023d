# `cmake --install`: the decoder as an exported target with its headers (component "decoder"), and the program.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(headers ${CMAKE_INSTALL_INCLUDEDIR}/adagrain)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/adagrain)

install(TARGETS adagrain_decoder EXPORT adagrainTargets
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT decoder)
install(EXPORT adagrainTargets NAMESPACE adagrain:: DESTINATION ${package} COMPONENT decoder)

install(DIRECTORY framework/container framework/compression framework/core DESTINATION ${headers}/framework
        COMPONENT decoder FILES_MATCHING PATTERN "*.h")
# The format and the streams it refers to.
install(FILES framework/container/FORMAT.md framework/compression/coders/adaptive/STREAM.md
              framework/compression/coders/lanes/STREAMS.md
        DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT decoder)

configure_package_config_file(framework/install/adagrainConfig.cmake.in ${CMAKE_BINARY_DIR}/adagrainConfig.cmake
                              INSTALL_DESTINATION ${package})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/adagrainConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/adagrainConfig.cmake ${CMAKE_BINARY_DIR}/adagrainConfigVersion.cmake
        DESTINATION ${package} COMPONENT decoder)

install(TARGETS adagrain RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)
if(TARGET adagrain-networks)  # beside the other, which looks for it there
  set_target_properties(adagrain-networks PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
  install(TARGETS adagrain-networks RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)
endif()
