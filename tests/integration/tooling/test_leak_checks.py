"""The checks that fail a test for what it leaves behind, run on tests that do and tests that do not."""

import pytest

_EXAMPLES = """
    import asyncio
    import subprocess
    import pytest

    left = []

    async def test_task_left():
        asyncio.create_task(asyncio.sleep(600), name="forgotten")

    async def test_task_ended():
        task = asyncio.create_task(asyncio.sleep(600))
        task.cancel()

    async def test_error_logged():
        async def fail():
            raise ValueError
        asyncio.create_task(fail())
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    @pytest.fixture(scope="session")
    def server():
        with subprocess.Popen(["sleep", "600"]) as process:
            yield process
            process.kill()

    @pytest.mark.service
    def test_process_of_the_session(server):
        assert server.poll() is None

    @pytest.mark.service
    def test_process_left():
        left.append(subprocess.Popen(["sleep", "600"]))

    @pytest.mark.service
    def test_process_ended():
        process = left.pop()
        process.kill()
        process.wait()
        subprocess.run(["true"])
"""
_SETTINGS = """
    [pytest]
    asyncio_mode = auto
    asyncio_default_fixture_loop_scope = function
    markers = service
"""


def test_what_leaves_something_behind_fails_and_what_does_not_passes(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_it=_EXAMPLES)
    pytester.makeini(_SETTINGS)
    result = pytester.runpytest_subprocess("-p", "tests.leak_checks")
    result.assert_outcomes(passed=6, errors=3)
    result.stdout.re_match_lines(
        [
            "_+ ERROR at teardown of test_task_left _+",
            "E .*left tasks behind: .'forgotten'.",
            "_+ ERROR at teardown of test_error_logged _+",
            "E .*asyncio logged: .*never retrieved",
            "_+ ERROR at teardown of test_process_left _+",
            "E .*left processes behind: .*sleep",
        ]
    )
