# The units in Verilog, simulated beside their models in C++: what `adagrain rtl check` runs.
find_package(verilator REQUIRED HINTS /usr/share/verilator $ENV{VERILATOR_ROOT})

# Verilator's code is not ours to warn about.
add_library(adagrain_rtl_models STATIC EXCLUDE_FROM_ALL)
set_target_properties(adagrain_rtl_models PROPERTIES LINKER_LANGUAGE CXX)

file(GLOB rtl_check_sources CONFIGURE_DEPENDS tests/hardware/rtl/*.cpp tests/hardware/rtl/*.h)
add_executable(adagrain_rtl EXCLUDE_FROM_ALL ${rtl_check_sources})
target_link_libraries(adagrain_rtl PRIVATE adagrain_core adagrain_codec adagrain_hardware adagrain_rtl_models)
target_include_directories(adagrain_rtl SYSTEM PRIVATE
                           $<TARGET_PROPERTY:adagrain_rtl_models,INCLUDE_DIRECTORIES>)

# adagrain_verilate(<class> <top module> [-Gparameter=value ...])
function(adagrain_verilate class top)
  verilate(adagrain_rtl_models SOURCES ${CMAKE_SOURCE_DIR}/framework/hardware/rtl/${top}.v PREFIX ${class}
           TOP_MODULE ${top} INCLUDE_DIRS ${CMAKE_SOURCE_DIR}/framework/hardware/rtl
           VERILATOR_ARGS -Wall -O3 ${ARGN} OPT_FAST -O2)
endfunction()

adagrain_verilate(Vstatic_direct static_decoder -GT=2)
adagrain_verilate(Vstatic_wide static_decoder -GN=16 -GS=16 -GT=2)
adagrain_verilate(Vstatic_compared static_decoder -GK=16 -GS=4)
adagrain_verilate(Vunpacker fixed_width_unpacker)
adagrain_verilate(Vdequantizer_float dequantizer_float)
adagrain_verilate(Vdequantizer_int8 dequantizer_int8)
adagrain_verilate(Vscatter_float mask_scatter -GV=32)
adagrain_verilate(Vscatter_int8 mask_scatter -GV=8)
adagrain_verilate(Vprofiling_unit profiling_unit)
adagrain_verilate(Vmetadata_fetch metadata_fetch)
adagrain_verilate(Vinterleaved_decoder interleaved_decoder)
# A model is a dozen small files, each with all of Verilator's headers.
set_target_properties(adagrain_rtl_models PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 40)
