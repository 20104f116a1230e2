# Checks specs with many faults or warnings in every error format:
#   cmake -D KRGEN=krgen -D SPECS=a.yaml,b.yaml -D WORK=dir [-D UPDATE=1]
#       -P run_formats.cmake
# Beside each spec stand NAME.err, NAME.json and NAME.github. With UPDATE they are
# rewritten and the changed ones named.
cmake_minimum_required(VERSION 3.25)
set(failed FALSE)
string(REPLACE "," ";" SPECS "${SPECS}")
file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK})

# Runs krgen check; what it writes goes to ${WORK}/out and ${WORK}/err.
function(run_check spec)
    get_filename_component(folder ${spec} DIRECTORY)
    get_filename_component(file ${spec} NAME)
    execute_process(COMMAND ${KRGEN} check ${file} ${ARGN} WORKING_DIRECTORY ${folder}
        OUTPUT_FILE ${WORK}/out ERROR_FILE ${WORK}/err RESULT_VARIABLE result)
    set(code 1)
    if(file STREQUAL warnings.yaml)
        set(code 0)
    endif()
    if(NOT result EQUAL code)
        message("FAIL ${file} ${ARGN}: exit code ${result}, expected ${code}")
        set(failed TRUE PARENT_SCOPE)
    endif()
endfunction()

function(expect stream expected)
    execute_process(COMMAND ${CMAKE_COMMAND} -E compare_files ${WORK}/${stream} ${expected}
        RESULT_VARIABLE differs OUTPUT_QUIET ERROR_QUIET)
    if(differs AND UPDATE)
        file(COPY_FILE ${WORK}/${stream} ${expected})
        message("updated ${expected}")
    elseif(differs)
        execute_process(COMMAND diff -Nu ${expected} ${WORK}/${stream})
        set(failed TRUE PARENT_SCOPE)
    endif()
endfunction()

file(WRITE ${WORK}/nothing "")
foreach(spec IN LISTS SPECS)
    string(REGEX REPLACE "\\.yaml$" "" case ${spec})
    unset(ENV{GITHUB_ACTIONS})
    run_check(${spec})
    expect(err ${case}.err)
    expect(out ${WORK}/nothing)
    run_check(${spec} --error-format json)
    expect(out ${case}.json)
    expect(err ${WORK}/nothing)
    run_check(${spec} --error-format github-actions)
    expect(out ${case}.github)
    expect(err ${WORK}/nothing)

    # In a workflow the annotations follow the text.
    set(ENV{GITHUB_ACTIONS} true)
    file(READ ${case}.err text)
    file(READ ${case}.github commands)
    file(WRITE ${WORK}/both "${text}${commands}")
    run_check(${spec})
    expect(err ${WORK}/both)
    run_check(${spec} --error-format json)
    expect(out ${case}.json)
endforeach()
if(failed)
    message(FATAL_ERROR "the output has changed; if it should, build update-golden")
endif()
