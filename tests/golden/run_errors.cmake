# Runs krgen on every spec of a folder and compares the whole standard error with the
# .err file beside it.
#
#   cmake -DKRGEN=krgen -DCASES=dir -DWORK=dir [-DCHECKS=checks.h] [-DUPDATE=1]
#         -P run_errors.cmake
#
# Warnings are errors there. With CHECKS, each check named there must have a case, NAME-1.yaml. With UPDATE the .err
# files are rewritten and the changed ones listed.
cmake_minimum_required(VERSION 3.25)

foreach(argument KRGEN CASES WORK)
    if(NOT DEFINED ${argument})
        message(FATAL_ERROR "run_errors.cmake needs -D${argument}=...")
    endif()
endforeach()
file(REAL_PATH "${KRGEN}" KRGEN)
file(REMOVE_RECURSE "${WORK}")
file(MAKE_DIRECTORY "${WORK}")
file(REAL_PATH "${WORK}" WORK)
unset(ENV{GITHUB_ACTIONS}) # else annotations follow the text
set(n_failed 0)

macro(fail text)
    message("FAIL ${text}")
    math(EXPR n_failed "${n_failed} + 1")
endmacro()

function(show_difference expected actual)
    execute_process(COMMAND diff -u "${expected}" "${actual}")
endfunction()

# Leaves the exit code in `result` and the standard error in ${WORK}/NAME.err.
function(run_case name)
    execute_process(COMMAND "${KRGEN}" "${name}.yaml" -o "${WORK}/${name}" --werror
        WORKING_DIRECTORY "${CASES}" TIMEOUT 20
        OUTPUT_QUIET ERROR_FILE "${WORK}/${name}.err" RESULT_VARIABLE result)
    set(result "${result}" PARENT_SCOPE)
endfunction()

# The check that NAME is a case of stands in its output.
macro(judge_case name)
    set(actual "${WORK}/${name}.err")
    set(expected "${CASES}/${name}.err")
    string(REGEX REPLACE "-[0-9][^-]*$" "" check "${name}")
    file(STRINGS "${actual}" told REGEX "error: .* \\[${check}\\]$"
        ENCODING UTF-8)
    file(GLOB_RECURSE written "${WORK}/${name}/*")
    if(NOT result EQUAL 1)
        fail("${name}: exit code ${result}, expected 1")
    endif()
    if(NOT told)
        fail("${name}: no error of the check '${check}'")
    endif()
    if(written)
        fail("${name}: krgen wrote ${written}")
    endif()
    execute_process(COMMAND "${CMAKE_COMMAND}" -E compare_files "${expected}" "${actual}"
        RESULT_VARIABLE differs OUTPUT_QUIET ERROR_QUIET)
    if(differs AND UPDATE)
        file(COPY_FILE "${actual}" "${expected}")
        message("updated ${name}.err")
    elseif(differs)
        fail("${name}: other output than ${name}.err")
        show_difference("${expected}" "${actual}")
    endif()
endmacro()

file(GLOB cases RELATIVE "${CASES}" "${CASES}/*.yaml")
list(LENGTH cases n_cases)
foreach(case IN LISTS cases)
    string(REGEX REPLACE "\\.yaml$" "" name "${case}")
    run_case("${name}")
    judge_case("${name}")
endforeach()

file(GLOB outputs RELATIVE "${CASES}" "${CASES}/*.err")
foreach(output IN LISTS outputs)
    string(REGEX REPLACE "\\.err$" "" name "${output}")
    if(NOT EXISTS "${CASES}/${name}.yaml")
        fail("${output} has no spec")
    endif()
endforeach()

if(CHECKS)
    file(STRINGS "${CHECKS}" rows REGEX "^    X\\(")
    foreach(row IN LISTS rows)
        string(REGEX REPLACE "^[^\"]*\"([^\"]*)\".*$" "\\1" check "${row}")
        if(NOT EXISTS "${CASES}/${check}-1.yaml")
            fail("the check '${check}' has no case ${check}-1.yaml")
        endif()
    endforeach()
    if(NOT rows)
        fail("${CHECKS} names no checks")
    endif()
endif()

if(n_failed GREATER 0 OR n_cases EQUAL 0)
    message(FATAL_ERROR "${n_failed} failures in ${n_cases} error goldens")
endif()
message("${n_cases} error goldens")
