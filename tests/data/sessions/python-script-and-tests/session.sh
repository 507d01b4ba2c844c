ls calc
python3 -c 'import calc; print(calc.add(2, 3))'
cat > test_calc.py <<'EOF'
import unittest
import calc


class Adds(unittest.TestCase):
    def test_small(self):
        self.assertEqual(calc.add(2, 3), 5)


if __name__ == "__main__":
    unittest.main()
EOF
python3 -m unitest -q
python3 -m unittest -q
python3 -m py_compile calc/__init__.py
