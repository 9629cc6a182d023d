# `cmake --install`: each library as an exported target with its headers (components "decoder" and "encoder"), and the
# programs (component "program").
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(headers ${CMAKE_INSTALL_INCLUDEDIR}/adagrain)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/adagrain)

configure_package_config_file(framework/install/adagrainConfig.cmake.in ${CMAKE_BINARY_DIR}/adagrainConfig.cmake
                              INSTALL_DESTINATION ${package})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/adagrainConfigVersion.cmake COMPATIBILITY SameMinorVersion)

foreach(library decoder encoder)
  install(TARGETS adagrain_${library} EXPORT adagrain-${library}
          LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT ${library})
  install(EXPORT adagrain-${library} NAMESPACE adagrain:: DESTINATION ${package} COMPONENT ${library})
  install(FILES ${CMAKE_BINARY_DIR}/adagrainConfig.cmake ${CMAKE_BINARY_DIR}/adagrainConfigVersion.cmake
          DESTINATION ${package} COMPONENT ${library})
  install(DIRECTORY framework/container framework/compression framework/core DESTINATION ${headers}/framework
          COMPONENT ${library} FILES_MATCHING PATTERN "*.h")
  # The format, the streams it refers to, and a program for each library.
  install(FILES LICENSE framework/container/FORMAT.md framework/compression/coders/adaptive/STREAM.md
                framework/compression/coders/lanes/STREAMS.md
          DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT ${library})
  install(DIRECTORY framework/install/examples DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT ${library})
endforeach()

install(TARGETS adagrain RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)
if(TARGET adagrain-networks)  # beside the other, which looks for it there
  set_target_properties(adagrain-networks PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
  install(TARGETS adagrain-networks RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)
endif()
