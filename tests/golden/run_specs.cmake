# Generates each spec and compares what krgen emitted with the expected text:
#   cmake -D KRGEN=krgen -D SPECS=a.yaml,b.yaml -D EXPECTED=dir -D WORK=dir
#       [-D UPDATE=1] -P run_specs.cmake
# Compared are NAME.c, routes.h, routes.re, what is in the folder data, NAME.h where there
# are handlers, and the first spec's CMakeLists.txt, which stands for all. What re2c makes of
# routes.re differs from version to version, and the
# runtime is what it is. With UPDATE the expected files are rewritten and the changed ones
# named.
set(failed FALSE)
string(REPLACE "," ";" SPECS "${SPECS}")

function(check actual expected)
    execute_process(COMMAND ${CMAKE_COMMAND} -E compare_files ${actual} ${expected}
        RESULT_VARIABLE differs ERROR_QUIET)
    if(differs AND UPDATE)
        get_filename_component(folder ${expected} DIRECTORY)
        file(MAKE_DIRECTORY ${folder})
        file(COPY_FILE ${actual} ${expected})
        message("updated ${expected}")
    elseif(differs)
        execute_process(COMMAND diff -Nu ${expected} ${actual})
        set(failed TRUE PARENT_SCOPE)
    endif()
endfunction()

file(REMOVE_RECURSE ${WORK})
set(once CMakeLists.txt)
foreach(spec IN LISTS SPECS)
    get_filename_component(name ${spec} NAME_WE)
    execute_process(COMMAND ${KRGEN} ${spec} -o ${WORK}/one --no-build
        COMMAND_ERROR_IS_FATAL ANY)
    file(GLOB data RELATIVE ${WORK}/one/${name}-src ${WORK}/one/${name}-src/data/*)
    set(header "")
    if(EXISTS ${WORK}/one/${name}-src/${name}.h)
        set(header ${name}.h)
    endif()
    foreach(file ${name}.c routes.h routes.re ${data} ${once} ${header})
        check(${WORK}/one/${name}-src/${file} ${EXPECTED}/${name}/${file})
    endforeach()
    set(once "")
endforeach()
if(failed)
    message(FATAL_ERROR "the output has changed; if it should, build update-golden")
endif()
