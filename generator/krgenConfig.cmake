# What find_package(krgen) brings: the target krgen::krgen and krgen_add_server().
include(${CMAKE_CURRENT_LIST_DIR}/krgenTargets.cmake)
set(KRGEN_EXECUTABLE "" CACHE FILEPATH
    "krgen for the machine that builds; without it that of the package")

# The files that krgen told in a depfile: `main`, which stands for all it made, and
# `inputs`, which it was made of.
function(_krgen_read_depfile depfile main inputs)
    file(READ ${depfile} text)
    string(REPLACE " \\\n " "\n" text "${text}")
    string(REPLACE "\\ " " " text "${text}")
    string(REPLACE "\\#" "#" text "${text}")
    string(REPLACE "$$" "$" text "${text}")
    string(REPLACE "\n" ";" lines "${text}")
    list(POP_FRONT lines first)
    string(REGEX REPLACE ":$" "" first "${first}")
    list(FILTER lines EXCLUDE REGEX ":$|^$") # make's rules for files that are gone
    set(${main} "${first}" PARENT_SCOPE)
    set(${inputs} "${lines}" PARENT_SCOPE)
endfunction()

# krgen_add_server(TARGET SPEC file.yaml [HANDLERS file...] [OUTPUT_DIR folder])
#
# Adds the executable TARGET, the server that SPEC describes, built with the compilers and
# the options of this directory. The C and C++ files that the spec names belong to it;
# HANDLERS are more of them, which may come from anywhere. The sources that krgen writes
# go to OUTPUT_DIR, by default TARGET-krgen in the current binary folder.
#
# krgen runs when CMake does, because only then may new files to compile turn up. A change
# of the spec, of what is embedded with it, or of krgen has CMake run before the next
# build, and krgen touches only those files that are then others.
function(krgen_add_server target)
    cmake_parse_arguments(PARSE_ARGV 1 server "" "SPEC;OUTPUT_DIR" "HANDLERS")
    if(NOT server_SPEC OR server_UNPARSED_ARGUMENTS OR server_KEYWORDS_MISSING_VALUES)
        message(FATAL_ERROR "write krgen_add_server(TARGET SPEC file.yaml "
            "[HANDLERS file...] [OUTPUT_DIR folder])")
    endif()
    set(krgen ${KRGEN_EXECUTABLE})
    if(NOT krgen)
        get_target_property(krgen krgen::krgen LOCATION)
    endif()
    if(NOT server_OUTPUT_DIR)
        set(server_OUTPUT_DIR ${target}-krgen)
    endif()
    get_filename_component(spec "${server_SPEC}" ABSOLUTE)
    # Messages of the server name the spec as krgen is given it: from the top of the source
    # tree on, as code reviews show files.
    file(RELATIVE_PATH given "${CMAKE_SOURCE_DIR}" "${spec}")
    if(given MATCHES "^\\.\\./|^-")
        set(given "${spec}")
    endif()
    get_filename_component(folder "${server_OUTPUT_DIR}" ABSOLUTE
        BASE_DIR ${CMAKE_CURRENT_BINARY_DIR})

    # A spec that is wrong must be looked at again, too.
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${spec}" "${krgen}")
    set(depfile "${folder}/${target}.d")
    execute_process(COMMAND "${krgen}" "${given}" -o "${folder}" --no-build
        --depfile "${depfile}" WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}"
        RESULT_VARIABLE result)
    if(NOT result EQUAL 0)
        message(FATAL_ERROR "krgen could not compile ${server_SPEC}: see above")
    endif()
    _krgen_read_depfile("${depfile}" main inputs)
    foreach(file IN LISTS inputs)
        get_filename_component(file "${file}" ABSOLUTE BASE_DIR "${CMAKE_SOURCE_DIR}")
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
    endforeach()

    set(KRGEN_TARGET ${target})
    set(KRGEN_HANDLERS "")
    foreach(file IN LISTS server_HANDLERS)
        get_filename_component(file "${file}" ABSOLUTE)
        list(APPEND KRGEN_HANDLERS "${file}")
    endforeach()
    get_filename_component(sources "${main}" DIRECTORY)
    add_subdirectory("${sources}" "${folder}/.krgen/${target}")
    set_target_properties(${target} PROPERTIES OUTPUT_NAME ${target})
    if(NOT CMAKE_RUNTIME_OUTPUT_DIRECTORY)
        set_target_properties(${target} PROPERTIES
            RUNTIME_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}")
    endif()
    get_target_property(all ${target} SOURCES)
    foreach(file IN LISTS KRGEN_HANDLERS)
        if(NOT file IN_LIST all)
            message(FATAL_ERROR "${server_SPEC} has no 'handlers', so HANDLERS of "
                "${target} have nothing to do")
        endif()
    endforeach()
endfunction()
