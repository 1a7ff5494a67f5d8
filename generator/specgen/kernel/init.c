// SPDX-License-Identifier: GPL-2.0-only
/*
 * The first process of a guest: sets up what a test needs, says whether KASAN
 * sees anything in this kernel, runs one program and switches the machine off.
 *
 * The first and the last line that it prints are the frame that a log is
 * believed by; the programs in between may print and crash as they like.
 *
 * It is told what to do by its environment, which is where the kernel puts the
 * NAME=value words of its command line that it does not know:
 *
 *   SPECGEN_PROGRAM  the file to run
 *   SPECGEN_ARGS     its arguments, separated by commas
 *   SPECGEN_LIMIT    seconds of the guest's clock after which it has hung
 *   SPECGEN_OFF      "restart" where the machine ends by restarting
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define NAME "specgen-init: "
#define MANY 64

/* One write a line, so that the kernel's own messages come between lines. */
__attribute__((format(printf, 1, 2)))
static void say(const char *format, ...)
{
	char line[512] = NAME;
	size_t used = strlen(line);
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(line + used, sizeof(line) - used - 1, format, args);
	va_end(args);
	used += length < 0 ? 0 : (size_t)length;
	if (used > sizeof(line) - 2)
		used = sizeof(line) - 2;
	line[used++] = '\n';
	if (write(STDOUT_FILENO, line, used) < 0)
		return; /* there is nowhere else to say so */
}

static void switch_off(void)
{
	const char *how = getenv("SPECGEN_OFF");

	tcdrain(STDOUT_FILENO);
	sync();
	reboot(how && !strcmp(how, "restart") ? RB_AUTOBOOT : RB_POWER_OFF);
	for (;;)
		pause();
}

static void mount_at(const char *kind, const char *where)
{
	mkdir(where, 0755);
	if (mount(kind, where, kind, 0, NULL) && errno != EBUSY)
		say("note: no %s at %s: %s", kind, where, strerror(errno));
}

/* The archive has no device file: the console is opened once devtmpfs is there. */
static void open_console(void)
{
	struct termios settings;
	int console = open("/dev/console", O_RDWR);

	if (console < 0)
		return;
	dup2(console, STDIN_FILENO);
	dup2(console, STDOUT_FILENO);
	dup2(console, STDERR_FILENO);
	if (console > STDERR_FILENO)
		close(console);
	if (!tcgetattr(STDOUT_FILENO, &settings)) {
		settings.c_oflag &= ~(tcflag_t)OPOST;
		tcsetattr(STDOUT_FILENO, TCSANOW, &settings);
	}
}

struct symbols {
	bool readable;
	bool kasan;
	bool rcu;
};

static struct symbols look_up(void)
{
	struct symbols found = { 0 };
	FILE *file = fopen("/proc/kallsyms", "r");
	char line[512], name[256];

	if (!file)
		return found;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%*s %*s %255s", name) != 1)
			continue;
		found.readable = true;
		found.kasan |= !strcmp(name, "kasan_report");
		found.rcu |= !strcmp(name, "slab_free_after_rcu_debug");
	}
	fclose(file);
	return found;
}

static void begin(const char *program)
{
	struct symbols found = look_up();
	struct utsname kernel;

	uname(&kernel);
	say("begin kasan=%s rcu=%s release=%s cpus=%ld program=%s",
	    !found.readable ? "unknown" : found.kasan ? "yes" : "no",
	    found.rcu ? "yes" : "no", kernel.release,
	    sysconf(_SC_NPROCESSORS_ONLN), program);
}

/* What a task waits for: who is stuck, and where. */
static void tell_task(const char *kind, const char *pid)
{
	char path[64], line[256], *end;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%.16s/stat", pid);
	file = fopen(path, "r");
	if (!file)
		return;
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	end = strrchr(line, ')');
	if (!end || strlen(end) < 3)
		return;
	end[3] = '\0';
	say("%s %s", kind, line);
	snprintf(path, sizeof(path), "/proc/%.16s/stack", pid);
	file = fopen(path, "r");
	if (!file)
		return;
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		say("  at %s", line);
	}
	fclose(file);
}

/* Threads of the kernel that only sleep are of no interest: they have no memory. */
static bool of_interest(const char *pid, bool kernel_too)
{
	char path[64], state = '?';
	long pages = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%.16s/statm", pid);
	file = fopen(path, "r");
	if (!file)
		return false;
	if (fscanf(file, "%ld", &pages) != 1)
		pages = 0;
	fclose(file);
	if (pages || !kernel_too)
		return pages;
	snprintf(path, sizeof(path), "/proc/%.16s/stat", pid);
	file = fopen(path, "r");
	if (!file)
		return false;
	if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = '?';
	fclose(file);
	return state == 'D';
}

/* Tells all tasks but this one, where a kind is given; returns how many there are. */
static int tasks(const char *kind, bool kernel_too)
{
	struct dirent *entry;
	DIR *proc = opendir("/proc");
	int count = 0;

	while (proc && count < MANY && (entry = readdir(proc))) {
		if (!isdigit((unsigned char)entry->d_name[0]) || !strcmp(entry->d_name, "1"))
			continue;
		if (!of_interest(entry->d_name, kernel_too))
			continue;
		if (kind)
			tell_task(kind, entry->d_name);
		count++;
	}
	if (proc)
		closedir(proc);
	return count;
}

static void run(const char *program)
{
	static char arguments[4096];
	char *argv[MANY + 2] = { (char *)program };
	const char *given = getenv("SPECGEN_ARGS");
	int used = 1;
	char *word;

	snprintf(arguments, sizeof(arguments), "%s", given ? given : "");
	for (word = strtok(arguments, ","); word && used <= MANY; word = strtok(NULL, ","))
		argv[used++] = word;
	setsid();
	execv(program, argv);
	say("note: %s cannot be run: %s", program, strerror(errno));
	_exit(127);
}

/* Waits for a child, and reaps what it leaves; false if the limit passed. */
static bool wait_for(pid_t child, long limit, const sigset_t *children, int *status)
{
	struct timespec end, now, left;
	pid_t gone;
	int how;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += limit;
	for (;;) {
		while ((gone = waitpid(-1, &how, WNOHANG)) > 0) {
			if (gone == child) {
				*status = how;
				return true;
			}
		}
		clock_gettime(CLOCK_MONOTONIC, &now);
		left.tv_sec = end.tv_sec - now.tv_sec;
		left.tv_nsec = 0;
		if (limit && left.tv_sec <= 0)
			return false;
		if (limit)
			sigtimedwait(children, NULL, &left);
		else
			sigwaitinfo(children, NULL);
	}
}

/* Waits a second for all other processes to be gone. */
static bool alone(const sigset_t *children)
{
	struct timespec moment = { .tv_nsec = 100000000 };
	int left;

	for (left = 10; left; left--) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (!tasks(NULL, false))
			return true;
		sigtimedwait(children, NULL, &moment);
	}
	return false;
}

/* Ends what the program has left, and says what cannot be ended. */
static void clear_away(const sigset_t *children)
{
	if (alone(children))
		return;
	tasks("left", false);
	kill(-1, SIGKILL);
	if (!alone(children))
		tasks("unkillable", true);
}

int main(void)
{
	const char *program = getenv("SPECGEN_PROGRAM");
	const char *given = getenv("SPECGEN_LIMIT");
	long limit = given ? strtol(given, NULL, 10) : 0;
	sigset_t children;
	int status = 0;
	pid_t child;

	mount_at("devtmpfs", "/dev");
	open_console();
	mount_at("proc", "/proc");
	mount_at("sysfs", "/sys");
	mount_at("tmpfs", "/tmp");
	begin(program ? program : "none");
	if (!program) {
		say("end exit=127 signal=0");
		switch_off();
	}
	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	sigprocmask(SIG_BLOCK, &children, NULL);
	child = fork();
	if (!child) {
		sigprocmask(SIG_UNBLOCK, &children, NULL);
		run(program);
	}
	if (wait_for(child, limit, &children, &status)) {
		clear_away(&children);
		say("end exit=%d signal=%d", WIFEXITED(status) ? WEXITSTATUS(status) : 0,
		    WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	} else {
		say("timeout after %ld s", limit);
		tasks("task", true);
		say("hung");
	}
	switch_off();
	return 0;
}
