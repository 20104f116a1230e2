/* For the errors of handlers: a file that is there. */
