from eautorec.cli import main

main()
