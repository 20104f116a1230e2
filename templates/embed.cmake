# Writes OUTPUT, a C file with the text of each of FILES:
#   cmake -D OUTPUT=embed.c -D "FILES=a.tmpl;b.h" -P embed.cmake
# Each file is known by its name without folders.
set(arrays "")
set(rows "")
set(number 0)
foreach(file IN LISTS FILES)
    get_filename_component(name ${file} NAME)
    file(READ ${file} hex HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
    string(REGEX REPLACE "(................................................................................)"
        "\\1\n" bytes "${bytes}")
    string(APPEND arrays "static const unsigned char file_${number}[] = {\n${bytes}\n};\n\n")
    string(APPEND rows "    {\"${name}\", file_${number}, sizeof file_${number}},\n")
    math(EXPR number "${number} + 1")
endforeach()
file(WRITE ${OUTPUT} "#include \"embed.h\"\n\n${arrays}const struct embedded embedded[] = {\n${rows}};\n\nconst size_t n_embedded = ${number};\n")
