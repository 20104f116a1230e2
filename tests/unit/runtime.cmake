# The runtime's unit tests. krt holds everything but the back end of io.h, so a test
# chooses its own: the real one or tests/support/io_script.c.
find_package(Threads REQUIRED)

set(unit ${PROJECT_SOURCE_DIR}/tests/unit)

# krgen_runtime_test(NAME SOURCE...)
function(krgen_runtime_test name)
    add_executable(test_${name} ${unit}/test_${name}.c ${ARGN})
    target_include_directories(test_${name} PRIVATE ${unit} ${support})
    target_link_libraries(test_${name} PRIVATE krt PkgConfig::CMOCKA Threads::Threads)
    add_test(NAME ${KRGEN_TEST_PREFIX}.unit.${name} COMMAND test_${name})
    set_tests_properties(${KRGEN_TEST_PREFIX}.unit.${name} PROPERTIES LABELS unit
        TIMEOUT 900)
endfunction()

krgen_shared(guard ${support}/guard.c)
krgen_shared(delivery ${support}/delivery.c)
list(APPEND delivery ${guard})
krgen_shared(sample ${support}/sample.c)
krgen_shared(handling ${support}/handling.c)
krgen_shared(stub ${support}/stub.c)

krgen_runtime_test(head ${delivery})
krgen_runtime_test(head_limits ${delivery})
krgen_runtime_test(chunked ${support}/chunked_twice.c)
krgen_runtime_test(alarm)
krgen_runtime_test(lifetime)
krgen_runtime_test(wrapper)
target_link_options(test_wrapper PRIVATE -Wl,--wrap=krt_child_start,--wrap=krt_child_wait
    -Wl,--wrap=krt_child_forward,--wrap=krt_child_kill,--wrap=krt_server_stop)
krgen_runtime_test(scan ${guard})
# The same by words, as where there are no vectors.
add_executable(test_scan_words ${unit}/test_scan.c ${guard})
target_compile_options(test_scan_words PRIVATE -U__SSE2__ -U__ARM_NEON)
target_include_directories(test_scan_words PRIVATE ${unit} ${support})
target_link_libraries(test_scan_words PRIVATE krt PkgConfig::CMOCKA)
add_test(NAME ${KRGEN_TEST_PREFIX}.unit.scan_words COMMAND test_scan_words)
set_tests_properties(${KRGEN_TEST_PREFIX}.unit.scan_words PROPERTIES LABELS unit
    TIMEOUT 900)
krgen_runtime_test(content)
krgen_runtime_test(convert)
krgen_runtime_test(date ${guard})
krgen_runtime_test(range ${guard})
krgen_runtime_test(path ${guard})
krgen_runtime_test(near ${guard})
krgen_runtime_test(problem)
krgen_runtime_test(log)
target_link_options(test_log PRIVATE -Wl,--wrap=krt_os_now_ms,--wrap=krt_os_unix_ms
    -Wl,--wrap=krt_condition_signal,--wrap=krt_thread_start)
krgen_runtime_test(log_answer)
krgen_runtime_test(verification ${support}/answers.c)
krgen_runtime_test(report ${support}/answers.c)
krgen_runtime_test(reply)
krgen_runtime_test(escape ${guard})
krgen_runtime_test(render ${delivery})
target_link_options(test_render PRIVATE -Wl,--wrap=malloc)
krgen_runtime_test(query ${delivery})
krgen_runtime_test(request ${delivery})
krgen_runtime_test(text)
krgen_runtime_test(cut)
krgen_runtime_test(pipe_name)
krgen_runtime_test(command_line)
krgen_runtime_test(error)

krgen_shared(talk ${support}/talk.c)
list(APPEND talk ${sample})
krgen_runtime_test(conn ${talk})
krgen_runtime_test(conn_body ${talk})
krgen_runtime_test(conn_content ${talk})
krgen_runtime_test(conn_faults ${talk})
krgen_runtime_test(conn_time ${talk})
krgen_runtime_test(handler ${talk} ${handling})
# Memory that runs out is simulated.
target_link_options(test_handler PRIVATE -Wl,--wrap=malloc)
krgen_runtime_test(directory ${talk})
krgen_runtime_test(journal ${talk})
target_link_options(test_journal PRIVATE -Wl,--wrap=malloc,--wrap=realloc)

krgen_shared(serving ${support}/serving.c ${support}/io_script.c)
list(APPEND serving ${sample})
krgen_runtime_test(server ${serving})
krgen_runtime_test(server_lifetime ${serving})
krgen_runtime_test(server_room ${serving})
krgen_runtime_test(server_waits ${serving} ${handling})
krgen_runtime_test(server_journal ${serving} ${handling})
# Memory that runs out is simulated.
krgen_runtime_test(server_stop ${serving})
target_link_options(test_server_stop PRIVATE -Wl,--wrap=malloc)

krgen_runtime_test(incoming)
krgen_shared(calling ${support}/calling.c)
list(APPEND calling ${stub})
krgen_runtime_test(client ${calling})
krgen_runtime_test(client_reuse ${calling})
krgen_runtime_test(client_upload ${calling})
krgen_runtime_test(call ${stub} ${support}/capture.c)
krgen_runtime_test(options ${support}/capture.c)

krgen_runtime_test(permission)


set(io_sources ${KRT_IO_SOURCES} ${support}/io_pair.c ${support}/place.c
    ${support}/socket_client.c)
krgen_shared(io_linux ${io_sources})
krgen_runtime_test(io_linux ${io_linux})
krgen_runtime_test(io_linux_limits ${io_linux})
krgen_runtime_test(io_linux_name ${io_linux})
krgen_runtime_test(io_linux_workers ${io_linux})
krgen_runtime_test(io_linux_access ${io_linux})
set_tests_properties(${KRGEN_TEST_PREFIX}.unit.io_linux_access PROPERTIES
    SKIP_RETURN_CODE 77)
krgen_runtime_test(program ${io_linux} ${handling} ${sample})
krgen_runtime_test(server_handlers ${io_linux} ${handling} ${sample})
# The same under ThreadSanitizer, which cannot be combined with the others. What the test
# leaves behind is no leak.
if(NOT KRGEN_SANITIZE)
    set_source_files_properties(${PROJECT_BINARY_DIR}/runtime/head.c PROPERTIES
        GENERATED TRUE)
    add_executable(test_server_threads ${unit}/test_server_handlers.c ${io_sources}
        ${support}/handling.c ${support}/sample.c
        ${KRT_CORE_SOURCES})
    add_dependencies(test_server_threads krt)
    target_include_directories(test_server_threads PRIVATE ${unit} ${support}
        ${PROJECT_SOURCE_DIR}/runtime)
    target_compile_options(test_server_threads PRIVATE -fsanitize=thread)
    target_link_options(test_server_threads PRIVATE -fsanitize=thread)
    target_link_libraries(test_server_threads PRIVATE PkgConfig::CMOCKA
        Threads::Threads)
    add_test(NAME ${KRGEN_TEST_PREFIX}.unit.server_threads COMMAND test_server_threads)
    set_tests_properties(${KRGEN_TEST_PREFIX}.unit.server_threads PROPERTIES LABELS unit
        TIMEOUT 900 ENVIRONMENT "TSAN_OPTIONS=exitcode=66 report_thread_leaks=0")
endif()
krgen_runtime_test(memory ${io_linux} ${handling} ${sample})
target_link_options(test_memory PRIVATE -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc)
