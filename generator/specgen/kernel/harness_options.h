/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The options -l and -r NAME for a kselftest_harness.h that has no options,
 * such as that of Linux 6.1. It is included before the first line of a
 * program, so that the harness's own main() calls what stands here.
 *
 *   -l       prints a row for each test, in the columns of later harnesses
 *   -r NAME  runs the one test of that name: fixture.test, or
 *            fixture.variant.test
 */
#include "kselftest_harness.h"

static struct __fixture_variant_metadata *
specgen_next_variant(struct __fixture_metadata *fixture, struct __fixture_variant_metadata *variant)
{
	return variant ? variant->next : fixture->variant;
}

static void specgen_list(void)
{
	struct __fixture_variant_metadata *variant;
	struct __fixture_metadata *fixture;
	struct __test_metadata *test;

	fprintf(stderr, "%-20s %-25s %s\n", "# FIXTURE", "VARIANT", "TEST");
	for (fixture = __fixture_list; fixture; fixture = fixture->next) {
		variant = specgen_next_variant(fixture, NULL);
		do {
			for (test = fixture->tests; test; test = test->next)
				fprintf(stderr, "%-20s %-25s %s\n", fixture->name,
					variant ? variant->name : "", test->name);
			variant = variant ? specgen_next_variant(fixture, variant) : NULL;
		} while (variant);
	}
}

/* Whether a test has the name that is asked for. */
static int specgen_is(const char *name, struct __fixture_metadata *fixture,
		      struct __fixture_variant_metadata *variant, struct __test_metadata *test)
{
	char own[1024];

	snprintf(own, sizeof(own), "%s%s%s.%s", fixture->name, variant ? "." : "",
		 variant ? variant->name : "", test->name);
	return !strcmp(own, name);
}

/* Takes all other tests out of the lists; false if there is none of that name. */
static int specgen_select(const char *name)
{
	struct __fixture_variant_metadata *variant;
	struct __fixture_metadata *fixture;
	struct __test_metadata *test;

	for (fixture = __fixture_list; fixture; fixture = fixture->next) {
		variant = specgen_next_variant(fixture, NULL);
		do {
			for (test = fixture->tests; test; test = test->next) {
				if (!specgen_is(name, fixture, variant, test))
					continue;
				__fixture_list = fixture;
				fixture->next = NULL;
				fixture->variant = variant;
				if (variant)
					variant->next = NULL;
				fixture->tests = test;
				test->next = NULL;
				return 1;
			}
			variant = variant ? specgen_next_variant(fixture, variant) : NULL;
		} while (variant);
	}
	return 0;
}

static int specgen_run(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "-l")) {
		specgen_list();
		return KSFT_SKIP;
	}
	if (argc == 3 && !strcmp(argv[1], "-r") && !specgen_select(argv[2])) {
		fprintf(stderr, "# no test is called %s\n", argv[2]);
		return KSFT_FAIL;
	}
	return (test_harness_run)(argc, argv);
}

#define test_harness_run(argc, argv) specgen_run(argc, argv)
