/**
 * The handlers of system calls, grouped by topic. They unpack and check arguments and call the
 * objects of the other packages; each class registers the rows of its topic.
 */
package io.rookery.linux.call;
