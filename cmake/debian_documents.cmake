# Run by cpack: the documents that Debian requires in addition to the installed files.
set(folder ${CPACK_TEMPORARY_DIRECTORY}/usr/share/doc/${CPACK_DEBIAN_PACKAGE_NAME})
configure_file(${CPACK_XGRAD_SOURCE_DIR}/LICENSE ${folder}/copyright COPYONLY)
execute_process(COMMAND gzip -9nc ${CPACK_XGRAD_SOURCE_DIR}/CHANGELOG.md OUTPUT_FILE ${folder}/changelog.gz COMMAND_ERROR_IS_FATAL ANY)
