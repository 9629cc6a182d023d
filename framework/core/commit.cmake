# cmake -DSOURCE=... -DOUTPUT=... -P commit.cmake: writes the commit of the sources where it changed, and whether what
# is compiled differs from it.
set(commit unknown)
set(modified false)
find_program(GIT git)
if(GIT)
  execute_process(COMMAND ${GIT} -C ${SOURCE} rev-parse --short=12 HEAD OUTPUT_VARIABLE head ERROR_QUIET
                  OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE failed)
  execute_process(COMMAND ${GIT} -C ${SOURCE} status --porcelain -- framework policies datasets CMakeLists.txt
                  OUTPUT_VARIABLE changes ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
  # A folder within a repository of somebody else's has a commit, but not of these sources.
  execute_process(COMMAND ${GIT} -C ${SOURCE} ls-files --error-unmatch CMakeLists.txt OUTPUT_QUIET ERROR_QUIET
                  RESULT_VARIABLE foreign)
  if(failed EQUAL 0 AND foreign EQUAL 0)
    set(commit ${head})
    if(NOT changes STREQUAL "")
      set(modified true)
    endif()
  endif()
endif()
set(text "#define ADAGRAIN_COMMIT \"${commit}\"\n#define ADAGRAIN_MODIFIED ${modified}\n")
set(before "")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} before)
endif()
if(NOT text STREQUAL before)
  file(WRITE ${OUTPUT} "${text}")
endif()
