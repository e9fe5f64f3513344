/** POSIX message queues (mq_overview(7)). */
package io.rookery.linux.ipc.mqueue;
