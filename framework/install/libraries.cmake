# The shared libraries for programs of others: what decoding takes, and what encoding takes. Each is a list of sources
# (a folder stands for what lies in it) out of the parts that everything is made of. What they define and nobody calls
# is left out, and nothing is exported but what the library's .map lists.
set(decoder_sources
    framework/core/byte_source.cpp framework/core/checksum.cpp framework/core/parallel.cpp
    framework/core/text.cpp
    framework/compression/parameters.cpp framework/compression/grid_values.cpp
    framework/compression/transforms/transform.cpp
    framework/compression/granularities framework/compression/coders framework/compression/grouping
    framework/compression/payload/coded_weights.cpp framework/compression/payload/dequantize.cpp
    framework/compression/payload/layer_decoder.cpp framework/compression/payload/layer_payload.cpp
    framework/compression/payload/payload_view.cpp
    framework/container/byte_planes.cpp framework/container/directory.cpp framework/container/grain_reader.cpp
    framework/container/safetensors.cpp framework/container/safetensors_header.cpp
    framework/container/small_tensors.cpp framework/container/stem_code.cpp framework/container/typed_tensor.cpp)
set(encoder_sources
    ${decoder_sources}
    framework/compression/candidate.cpp framework/compression/chain.cpp framework/compression/transforms
    framework/compression/payload
    framework/core/files.cpp framework/core/strict_json.cpp framework/compression/plan.cpp framework/container/grain_writer.cpp)

function(adagrain_library name)
  set(wanted)
  foreach(source ${${name}_sources})
    if(NOT EXISTS ${CMAKE_SOURCE_DIR}/${source})
      message(FATAL_ERROR "${name}: ${source} is not there; the list is in framework/install/libraries.cmake")
    endif()
    string(REPLACE "." "\\." source ${source})
    list(APPEND wanted ${source})
  endforeach()
  list(JOIN wanted "|" wanted)
  set(target adagrain_${name})
  set(map ${CMAKE_SOURCE_DIR}/framework/install/${name}.map)
  add_library(${target} SHARED $<FILTER:$<TARGET_OBJECTS:adagrain_core>,INCLUDE,/\(${wanted}\)>
                               $<FILTER:$<TARGET_OBJECTS:adagrain_codec>,INCLUDE,/\(${wanted}\)>)
  set_target_properties(${target} PROPERTIES LINKER_LANGUAGE CXX EXPORT_NAME ${name} LINK_DEPENDS ${map}
                        VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  target_link_options(${target} PRIVATE LINKER:--version-script=${map} LINKER:--gc-sections LINKER:-z,defs)
  target_link_libraries(${target} PUBLIC fmt::fmt PRIVATE ZLIB::ZLIB Threads::Threads adagrain_options)
  target_include_directories(${target} PUBLIC
                             $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}> $<INSTALL_INTERFACE:include/adagrain>)
  target_compile_features(${target} PUBLIC cxx_std_20)
  add_library(adagrain::${name} ALIAS ${target})
endfunction()

adagrain_library(decoder)
adagrain_library(encoder)
